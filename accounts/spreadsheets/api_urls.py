from django.urls import path

from accounts.api import imports

app_name = "api-imports"

urlpatterns = [
    path("<slug:name>/", imports.ImportStart.as_view(), name="start"),
    path("<slug:name>/template/", imports.ImportTemplate.as_view(), name="template"),
    path("<slug:name>/export/", imports.ImportExport.as_view(), name="export"),
    path("<slug:name>/<slug:token>/", imports.ImportDesk.as_view(), name="desk"),
    path("<slug:name>/<slug:token>/columns/", imports.ImportColumns.as_view(), name="columns"),
    path("<slug:name>/<slug:token>/write/", imports.ImportWrite.as_view(), name="write"),
    path("<slug:name>/<slug:token>/discard/", imports.ImportDiscard.as_view(), name="discard"),
    path("<slug:name>/<slug:token>/marked/", imports.ImportMarked.as_view(), name="marked"),
]
