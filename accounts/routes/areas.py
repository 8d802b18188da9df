from django.urls import path

from accounts.views import area_operations, areas

app_name = "areas"

urlpatterns = [
    path("", areas.area_list, name="list"),
    path("pick/", areas.area_pick, name="pick"),
    path("changes/", area_operations.change_list, name="changes"),
    path("changes/new/", area_operations.change_new, name="change-new"),
    path("changes/decide/", area_operations.change_decide_many, name="changes-decide"),
    path("changes/<int:pk>/", area_operations.change_detail, name="change"),
    path("changes/<int:pk>/decide/", area_operations.change_decide, name="change-decide"),
    path("changes/<int:pk>/cancel/", area_operations.change_cancel, name="change-cancel"),
    path("changes/<int:pk>/withdraw/", area_operations.change_withdraw, name="change-withdraw"),
    path("<str:code>/", areas.area_detail, name="detail"),
    path("<str:code>/electorate/", areas.area_electorate, name="electorate"),
]
