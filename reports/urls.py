"""Routes of the reports."""

from django.urls import path

from reports.views import daily, daily_filing

app_name = "reports"
urlpatterns = [
    path("reports/daily/", daily.daily_home, name="daily"),
    path("reports/daily/<str:date>/", daily.daily_day, name="daily-day"),
    path("reports/daily/<str:date>/check/", daily_filing.daily_check, name="daily-check"),
    path("reports/daily/<str:date>/ask/", daily_filing.daily_ask, name="daily-ask"),
    path("reports/daily/<str:date>/answer/", daily_filing.daily_answer, name="daily-answer"),
]
