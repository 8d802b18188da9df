from django.urls import path

from accounts.views import audit

app_name = "audit"

urlpatterns = [
    path("", audit.act_list, name="list"),
    path("<int:pk>/", audit.act_detail, name="detail"),
    path("verify/", audit.verify_now, name="verify"),
]
