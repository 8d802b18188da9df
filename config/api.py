"""Routes under /api/v1/: each app adds its own list here."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.routes.api")),
    path("jobs/", include("accounts.jobs.api_urls")),
    path("imports/", include("accounts.spreadsheets.api_urls")),
    path("audit/", include("accounts.audit.api_urls")),
    path("", include("elections.api_urls")),
    path("daily/", include("reports.api_daily_urls")),
    path("forwards/", include("reports.api_forward_urls")),
    path("publications/", include("reports.api_publication_urls")),
    path("comments/", include("reports.api_comments_urls")),
    path("", include("reports.api_rollup_urls")),
]
