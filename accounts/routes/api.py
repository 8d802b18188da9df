from django.urls import path

from accounts.api import (
    area_operations,
    areas,
    exports,
    finding,
    grants,
    notices,
    people,
    reveals,
    saved_filters,
    sign_in,
)
from accounts.api.description import SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("auth/token/", sign_in.TokenView.as_view(), name="api-token"),
    path("auth/revoke/", sign_in.TokenRevokeView.as_view(), name="api-token-revoke"),
    path("auth/step-up/", sign_in.StepUpView.as_view(), name="api-step-up"),
    path("me/", sign_in.MeView.as_view(), name="api-me"),
    path("users/", people.UserList.as_view(), name="api-users"),
    path("users/<int:pk>/", people.UserDetail.as_view(), name="api-user"),
    path("users/<int:pk>/active/", people.UserActive.as_view(), name="api-user-active"),
    path("users/<int:pk>/password/", people.UserPassword.as_view(), name="api-user-password"),
    path("users/<int:pk>/assignments/", people.AssignmentList.as_view(), name="api-user-assignments"),
    path("users/<int:pk>/second-factor/", grants.UserFactor.as_view(), name="api-user-factor"),
    path("grant-requests/", grants.GrantRequestList.as_view(), name="api-grant-requests"),
    path("grant-requests/<int:pk>/", grants.GrantRequestDecision.as_view(), name="api-grant-request"),
    path("assignments/<int:pk>/end/", people.AssignmentEnd.as_view(), name="api-assignment-end"),
    path("me/phone/", sign_in.MyPhone.as_view(), name="api-me-phone"),
    path("reveals/", reveals.RevealList.as_view(), name="api-reveals"),
    path("reveals/show/", reveals.RevealShow.as_view(), name="api-reveal"),
    path("exports/", exports.ExportList.as_view(), name="api-exports"),
    path("areas/", areas.AreaList.as_view(), name="api-areas"),
    path("areas/changes/", area_operations.ChangeList.as_view(), name="api-area-changes"),
    path("areas/changes/preview/", area_operations.ChangePreview.as_view(), name="api-area-changes-preview"),
    path("areas/changes/decide/", area_operations.ChangeDecideMany.as_view(), name="api-area-changes-decide"),
    path(
        "areas/changes/<int:pk>/cancel/",
        area_operations.ChangeCancel.as_view(),
        name="api-area-change-cancel",
    ),
    path("areas/changes/<int:pk>/", area_operations.ChangeDetail.as_view(), name="api-area-change"),
    path(
        "areas/changes/<int:pk>/decide/",
        area_operations.ChangeDecide.as_view(),
        name="api-area-change-decide",
    ),
    path(
        "areas/changes/<int:pk>/withdraw/",
        area_operations.ChangeWithdraw.as_view(),
        name="api-area-change-withdraw",
    ),
    path("areas/<str:code>/", areas.AreaDetail.as_view(), name="api-area"),
    path("areas/<str:code>/electorate/", areas.AreaElectorate.as_view(), name="api-area-electorate"),
    path("saved-filters/", saved_filters.SavedFilterList.as_view(), name="api-filters"),
    path("saved-filters/<int:pk>/", saved_filters.SavedFilterDetail.as_view(), name="api-filter"),
    path(
        "saved-filters/<int:pk>/delete/", saved_filters.SavedFilterDelete.as_view(), name="api-filter-delete"
    ),
    path("search/", finding.SearchView.as_view(), name="api-search"),
    path("notices/", notices.NoticeList.as_view(), name="api-notices"),
    path("notices/read-all/", notices.NoticeReadAll.as_view(), name="api-notices-read-all"),
    path("notices/<int:pk>/read/", notices.NoticeRead.as_view(), name="api-notice-read"),
]
