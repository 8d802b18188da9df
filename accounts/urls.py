"""Routes of the ground floor."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views.reference import help_page, kit_page
from accounts.views.today import today_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today_page, name="today"),
    path("help/", help_page, name="help"),
    path("system/kit/", kit_page, name="kit"),
    path("jobs/", include("accounts.jobs.urls")),
    path("imports/", include("accounts.spreadsheets.urls")),
    path("system/audit/", include("accounts.audit.urls")),
]
