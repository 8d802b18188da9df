from django.urls import path

from accounts.views import jobs

app_name = "jobs"

urlpatterns = [
    path("", jobs.job_list, name="list"),
    path("<int:pk>/", jobs.job_detail, name="detail"),
    path("<int:pk>/cancel/", jobs.job_cancel, name="cancel"),
    path("<int:pk>/restart/", jobs.job_restart, name="restart"),
    path("<int:pk>/result/", jobs.job_result, name="result"),
]
