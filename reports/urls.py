"""Routes of the reports."""

from django.urls import path

from reports.views import (
    county_day,
    daily,
    daily_collect,
    daily_files,
    daily_filing,
    daily_opening,
    daily_settings,
)

app_name = "reports"
urlpatterns = [
    path("reports/daily/", daily.daily_home, name="daily"),
    path("reports/daily/settings/", daily_settings.daily_settings, name="daily-settings"),
    path("reports/daily/settings/cut-offs/", daily_settings.daily_cut_offs, name="daily-cut-offs"),
    path("reports/daily/settings/items/", daily_settings.daily_item_add, name="daily-item-add"),
    path("reports/daily/settings/items/<int:pk>/end/", daily_settings.daily_item_end, name="daily-item-end"),
    path("reports/daily/collect/", daily_collect.collect_start, name="daily-collect"),
    path("reports/daily/collect/<slug:token>/", daily_collect.collected, name="daily-collected"),
    path("reports/daily/<str:date>/offer/", daily_collect.offered, name="daily-offer"),
    path("reports/daily/<str:date>/", daily.daily_day, name="daily-day"),
    path("reports/daily/<str:date>/sheet.xlsx", daily_files.daily_download, name="daily-download"),
    path("reports/daily/<str:date>/import/", daily_files.daily_import, name="daily-import"),
    path("reports/daily/<str:date>/check/", daily_filing.daily_check, name="daily-check"),
    path("reports/daily/<str:date>/ask/", daily_filing.daily_ask, name="daily-ask"),
    path("reports/daily/<str:date>/answer/", daily_filing.daily_answer, name="daily-answer"),
    path("reports/daily/<str:date>/return/", daily_opening.daily_return, name="daily-return"),
    path("reports/daily/<str:date>/reopen/", daily_opening.daily_reopen, name="daily-reopen"),
    path("reports/daily/<str:date>/recall/", daily_opening.daily_recall, name="daily-recall"),
    path("reports/forward/<str:date>/", county_day.county_day, name="forward"),
    path("reports/forward/<str:date>/return/", county_day.county_return, name="forward-return"),
    path("reports/forward/<str:date>/reopen/", county_day.county_reopen, name="forward-reopen"),
]
