from django.urls import path

from accounts.api import jobs

app_name = "api-jobs"

urlpatterns = [
    path("", jobs.JobList.as_view(), name="list"),
    path("<int:pk>/", jobs.JobDetail.as_view(), name="detail"),
    path("<int:pk>/cancel/", jobs.JobCancel.as_view(), name="cancel"),
    path("<int:pk>/restart/", jobs.JobRestart.as_view(), name="restart"),
    path("<int:pk>/result/", jobs.JobResult.as_view(), name="result"),
]
