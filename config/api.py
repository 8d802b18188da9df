"""Routes under /api/v1/: each app adds its own list here."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
