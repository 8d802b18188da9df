"""Routes of the whole site. Each app owns its own list; this page only joins them."""

from django.urls import include, path

from config.health import health_page, healthz
from config.metrics.views import metrics
from reports.views.wall import wall

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("elections.urls")),
    path("", include("reports.urls")),
    path("reports/rollup/", include("reports.rollup_urls")),
    path("reports/comments/", include("reports.comment_urls")),
    path("reports/publications/", include("reports.publication_urls")),
    path("reports/completeness/", include("reports.completeness_urls")),
    path("wall/", wall, name="wall"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("system/health/", health_page, name="health"),
    path("api/v1/", include("config.api")),
]

handler400 = "accounts.views.errors.bad_request"
handler403 = "accounts.views.errors.permission_denied"
handler404 = "accounts.views.errors.page_not_found"
handler500 = "accounts.views.errors.server_error"
