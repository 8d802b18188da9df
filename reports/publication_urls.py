"""Routes of what was given out."""

from django.urls import path

from reports.views import publications

app_name = "publications"
urlpatterns = [
    path("", publications.publications, name="list"),
    path("publish/", publications.publish, name="publish"),
    path("<int:pk>/", publications.publication, name="detail"),
    path("<int:pk>/check/", publications.check, name="check"),
]
