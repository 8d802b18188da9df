from django.urls import path

from accounts.views import imports

app_name = "imports"

urlpatterns = [
    path("<slug:name>/", imports.import_start, name="start"),
    path("<slug:name>/template/", imports.template_file, name="template"),
    path("<slug:name>/export/", imports.export_start, name="export"),
    path("<slug:name>/<slug:token>/", imports.import_desk, name="desk"),
    path("<slug:name>/<slug:token>/columns/", imports.import_columns, name="columns"),
    path("<slug:name>/<slug:token>/write/", imports.import_write, name="write"),
    path("<slug:name>/<slug:token>/discard/", imports.import_discard, name="discard"),
    path("<slug:name>/<slug:token>/marked/", imports.marked_file, name="marked"),
]
