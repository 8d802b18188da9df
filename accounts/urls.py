"""Routes of the ground floor."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views.today import today_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today_page, name="today"),
    path("jobs/", include("accounts.jobs.urls")),
    path("system/audit/", include("accounts.audit.urls")),
]
