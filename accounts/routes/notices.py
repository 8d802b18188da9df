from django.urls import path

from accounts.views import notices

app_name = "notices"
urlpatterns = [
    path("", notices.notice_list, name="list"),
    path("bell/", notices.bell, name="bell"),
    path("settings/", notices.settings, name="settings"),
    path("read/", notices.read_all, name="read-all"),
    path("<int:pk>/read/", notices.read_one, name="read"),
]
