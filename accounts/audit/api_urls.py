from django.urls import path

from accounts.api import audit

urlpatterns = [
    path("acts/", audit.ActList.as_view(), name="audit-acts"),
    path("verify/", audit.Verify.as_view(), name="audit-verify"),
    path("acts/<int:pk>/", audit.ActDetail.as_view(), name="audit-act"),
]
