import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from config.heap import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Addresses whose X-Forwarded-For is believed; without it the caller is whoever opened the connection. Behind our
# proxy everybody would else share one address, and strangers' wrong passwords would make every office wait.
TRUSTED_PROXIES = [host for host in os.environ.get("CUNXUAN_TRUSTED_PROXIES", "").split(",") if host]
application = get_wsgi_application()
_ = get_resolver().url_patterns  # every view is loaded now, not with the first request
keep_what_is_loaded()
if TRUSTED_PROXIES:
    application = wrap_wsgi_with_proxy_headers(application, TRUSTED_PROXIES)
