"""Routes of the totals."""

from django.urls import path

from reports.views import comparison, rollup

app_name = "rollup"
urlpatterns = [
    path("", rollup.rollup, name="table"),
    path("comparison/", comparison.compared, name="comparison"),
    path("comparison/export/", comparison.export, name="comparison-export"),
    path("export/", rollup.export, name="export"),
    path("villages/", rollup.export_villages, name="villages"),
    path("fold/", rollup.fold_now, name="fold"),
]
