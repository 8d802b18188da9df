"""Routes of what was given out under /api/v1/publications/."""

from django.urls import path

from reports import api_publications

app_name = "api-publications"
urlpatterns = [
    path("", api_publications.PublicationsView.as_view(), name="list"),
    path("<int:pk>/", api_publications.PublicationView.as_view(), name="detail"),
    path("<int:pk>/check/", api_publications.PublicationCheckView.as_view(), name="check"),
]
