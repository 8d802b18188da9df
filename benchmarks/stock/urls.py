"""The admin and a door that says when the server answers."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("admin/", admin.site.urls), path("healthz", healthz)]
