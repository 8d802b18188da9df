"""Routes of the county's day under /api/v1/forwards/."""

from django.urls import path

from reports import api_forward

app_name = "api-forwards"
urlpatterns = [
    path("<str:date>/", api_forward.CountyDayDetail.as_view(), name="day"),
    path("<str:date>/forward/", api_forward.CountyDayForward.as_view(), name="forward"),
    path("<str:date>/return/", api_forward.CountyDayReturn.as_view(), name="return"),
    path("<str:date>/reopen/", api_forward.CountyDayReopen.as_view(), name="reopen"),
]
