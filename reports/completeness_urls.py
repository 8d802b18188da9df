"""Routes of the completeness grid."""

from django.urls import path

from reports.views import chasing, completeness

app_name = "completeness"
urlpatterns = [
    path("", completeness.grid, name="grid"),
    path("chase/", chasing.chase_missing, name="chase"),
    path("export/", completeness.export, name="export"),
]
