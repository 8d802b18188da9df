"""Routes of the records."""

from django.urls import path, register_converter

from elections.views import counts, edit, files, lists, rounds


class DivisionCode:
    """A division code in a URL: twelve digits, or capitals too where a functional zone made one up."""

    regex = "[0-9A-Z]{12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DivisionCode, "division")

app_name = "elections"
urlpatterns = [
    path("orgs/", lists.org_index, name="orgs"),
    path("orgs/counts/", counts.counts, name="counts"),
    path("orgs/counts/export/", counts.counts_export, name="counts-export"),
    path("orgs/<division:code>/", files.org_file, name="org"),
    path("orgs/<division:code>/edit/", edit.org_edit, name="org-edit"),
    path("orgs/<division:code>/print/", files.org_print, name="org-print"),
    path("elections/rounds/", rounds.round_index, name="rounds"),
    path("elections/rounds/new/", rounds.round_new, name="round-new"),
    path("elections/rounds/<int:pk>/", rounds.round_edit, name="round-edit"),
    path("elections/rounds/<int:pk>/open/", rounds.round_open, name="round-open"),
]
