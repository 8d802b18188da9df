"""Routes of the completeness grid."""

from django.urls import path

from reports.views import completeness

app_name = "completeness"
urlpatterns = [
    path("", completeness.grid, name="grid"),
    path("export/", completeness.export, name="export"),
]
