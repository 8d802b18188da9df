from django.urls import path

from accounts.views import reveals

app_name = "reveals"

urlpatterns = [
    path("", reveals.reveal_register, name="list"),
    path("<slug:owner>.<slug:field>/<int:pk>/", reveals.reveal_page, name="show"),
]
