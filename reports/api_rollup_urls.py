"""Routes of totals, completeness, catalogue and settings under /api/v1/."""

from django.urls import path

from reports import api_chasing, api_comparison, api_exports, api_rollup, api_settings

app_name = "api-reports"
urlpatterns = [
    path("rollups/", api_rollup.RollupView.as_view(), name="rollup"),
    path("rollups/comparison/", api_comparison.ComparisonView.as_view(), name="comparison"),
    path(
        "rollups/comparison/export/",
        api_comparison.ComparisonExportView.as_view(),
        name="comparison-export",
    ),
    path("rollups/export/", api_exports.RollupExportView.as_view(), name="rollup-export"),
    path("rollups/fold/", api_exports.FoldView.as_view(), name="fold"),
    path("rollups/villages/export/", api_exports.VillagesExportView.as_view(), name="villages-export"),
    path("rollups/villages/", api_rollup.RollupVillagesView.as_view(), name="villages"),
    path("rollups/townships/", api_rollup.RollupTownshipsView.as_view(), name="townships"),
    path("completeness/", api_rollup.CompletenessView.as_view(), name="completeness"),
    path("completeness/chase/", api_chasing.ChaseView.as_view(), name="chase"),
    path("completeness/export/", api_exports.CompletenessExportView.as_view(), name="completeness-export"),
    path("metrics/", api_rollup.MetricsView.as_view(), name="metrics"),
    path("report-settings/", api_settings.SettingsView.as_view(), name="settings"),
    path("report-settings/cut-offs/", api_settings.CutOffsView.as_view(), name="cut-offs"),
    path("report-settings/items/", api_settings.ItemsView.as_view(), name="items"),
    path("report-settings/items/<int:pk>/end/", api_settings.ItemEndView.as_view(), name="item-end"),
]
