"""Routes of the records under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from elections.api import CountsExportView, CountsView, OrgViewSet, RoundViewSet

router = SimpleRouter()
router.register("rounds", RoundViewSet, basename="api-round")
router.register("orgs", OrgViewSet, basename="api-org")

urlpatterns = [
    path("orgs/counts/", CountsView.as_view(), name="api-counts"),
    path("orgs/counts/export/", CountsExportView.as_view(), name="api-counts-export"),
    *router.urls,
]
