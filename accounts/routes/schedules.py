from django.urls import path

from accounts.views import schedules

app_name = "schedules"

urlpatterns = [
    path("", schedules.schedule_list, name="list"),
    path("new/", schedules.schedule_new, name="new"),
    path("<int:pk>/pause/", schedules.schedule_pause, name="pause"),
    path("<int:pk>/resume/", schedules.schedule_resume, name="resume"),
    path("<int:pk>/delete/", schedules.schedule_delete, name="delete"),
]
