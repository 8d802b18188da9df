"""Settings as `startproject` writes them, on the bench's server in the schema `stock`; debug and logging are off."""

import os

from config.databases import OWNER, parse_url, role_password

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "benchmarks.stock",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "benchmarks.stock.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
SCHEMA = "stock"
DATABASES = {
    "default": {
        **parse_url(os.environ["DATABASE_URL"]),
        "ENGINE": "django.db.backends.postgresql",
        "USER": OWNER,
        "PASSWORD": role_password(SECRET_KEY, OWNER),
        # As ours: connections are kept, and no statement is compiled (jit makes the admin slower).
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"options": f"-c search_path={SCHEMA} -c jit=0"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
USE_TZ = True
STATIC_URL = "/static/"
LOGGING_CONFIG = None
