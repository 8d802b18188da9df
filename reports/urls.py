"""Routes of the reports."""

from django.urls import path

from reports.views import daily, daily_files, daily_filing, daily_settings

app_name = "reports"
urlpatterns = [
    path("reports/daily/", daily.daily_home, name="daily"),
    path("reports/daily/settings/", daily_settings.daily_settings, name="daily-settings"),
    path("reports/daily/settings/cut-offs/", daily_settings.daily_cut_offs, name="daily-cut-offs"),
    path("reports/daily/settings/items/", daily_settings.daily_item_add, name="daily-item-add"),
    path("reports/daily/settings/items/<int:pk>/end/", daily_settings.daily_item_end, name="daily-item-end"),
    path("reports/daily/<str:date>/", daily.daily_day, name="daily-day"),
    path("reports/daily/<str:date>/sheet.xlsx", daily_files.daily_download, name="daily-download"),
    path("reports/daily/<str:date>/import/", daily_files.daily_import, name="daily-import"),
    path("reports/daily/<str:date>/check/", daily_filing.daily_check, name="daily-check"),
    path("reports/daily/<str:date>/ask/", daily_filing.daily_ask, name="daily-ask"),
    path("reports/daily/<str:date>/answer/", daily_filing.daily_answer, name="daily-answer"),
]
