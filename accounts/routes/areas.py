from django.urls import path

from accounts.views import areas

app_name = "areas"

urlpatterns = [
    path("", areas.area_list, name="list"),
    path("<str:code>/", areas.area_detail, name="detail"),
    path("<str:code>/electorate/", areas.area_electorate, name="electorate"),
]
