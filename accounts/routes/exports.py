from django.urls import path

from accounts.views import exports

app_name = "exports"

urlpatterns = [path("", exports.export_register, name="list")]
