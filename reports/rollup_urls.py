"""Routes of the totals."""

from django.urls import path

from reports.views import rollup

app_name = "rollup"
urlpatterns = [
    path("", rollup.rollup, name="table"),
    path("export/", rollup.export, name="export"),
    path("villages/", rollup.export_villages, name="villages"),
    path("fold/", rollup.fold_now, name="fold"),
]
