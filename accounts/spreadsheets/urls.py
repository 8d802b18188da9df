from django.urls import path

from accounts.views import import_columns, import_files, imports

app_name = "imports"

urlpatterns = [
    path("<slug:name>/", imports.import_start, name="start"),
    path("<slug:name>/template/", import_files.template_file, name="template"),
    path("<slug:name>/export/", import_files.export_start, name="export"),
    path("<slug:name>/<slug:token>/", imports.import_desk, name="desk"),
    path("<slug:name>/<slug:token>/columns/", import_columns.import_columns, name="columns"),
    path("<slug:name>/<slug:token>/write/", imports.import_write, name="write"),
    path("<slug:name>/<slug:token>/discard/", imports.import_discard, name="discard"),
    path("<slug:name>/<slug:token>/handout/", import_files.handout_file, name="handout"),
    path("<slug:name>/<slug:token>/marked/", import_files.marked_file, name="marked"),
]
