from django.urls import path

from accounts.views import grants, users

app_name = "users"

urlpatterns = [
    path("", users.user_list, name="list"),
    path("new/", users.user_create, name="create"),
    path("requests/", grants.request_list, name="requests"),
    path("requests/<int:pk>/", grants.request_decide, name="decide"),
    path("<int:pk>/second-factor/", grants.factor_ask, name="factor"),
    path("<int:pk>/", users.user_detail, name="detail"),
    path("<int:pk>/grant/", users.role_grant, name="grant"),
    path("<int:pk>/active/", users.user_active, name="active"),
    path("<int:pk>/password/", users.password_reset, name="password"),
    path("assignments/<int:pk>/end/", users.role_end, name="end"),
]
