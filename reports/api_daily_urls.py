"""Routes of the daily report under /api/v1/daily/."""

from django.urls import path

from reports import api_daily, api_daily_files, api_forward

app_name = "api-daily"
urlpatterns = [
    path("<str:date>/", api_daily.DayDetail.as_view(), name="day"),
    path("<str:date>/draft/", api_daily.DayDraft.as_view(), name="draft"),
    path("<str:date>/sheet/", api_daily_files.DaySheet.as_view(), name="sheet"),
    path("<str:date>/import/", api_daily_files.DayImport.as_view(), name="import"),
    path("<str:date>/file/", api_daily.DayFile.as_view(), name="file"),
    path("<str:date>/ask/", api_daily.DayAsk.as_view(), name="ask"),
    path("<str:date>/answer/", api_daily.DayAnswer.as_view(), name="answer"),
    path("<str:date>/return/", api_forward.DayReturn.as_view(), name="return"),
    path("<str:date>/reopen/", api_forward.DayReopen.as_view(), name="reopen"),
    path("<str:date>/recall/", api_forward.DayRecall.as_view(), name="recall"),
]
