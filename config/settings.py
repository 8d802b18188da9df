"""Settings. Every value that differs between sites comes from the environment (docs/operations.md)."""

import sys
from pathlib import Path

import environ

from config.databases import databases
from config.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("CUNXUAN_DEBUG", default=False)
PRODUCTION = env.bool("CUNXUAN_PRODUCTION", default=False)
# A development key exists so that tests and a first look need no set-up; production refuses to start with it.
DEVELOPMENT_KEY = "development-only-" + "0" * 48
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY)
if PRODUCTION and SECRET_KEY == DEVELOPMENT_KEY:
    sys.exit("SECRET_KEY is not set. Production does not start with the development key.")
# Keys that were in use before: what was marked or signed under them is still recognised, nothing new is.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# Files at rest are encrypted under this key, apart from SECRET_KEY so that changing one leaves the other; empty: derived
# from SECRET_KEY (accounts/sealed.py).
SEALED_FILES_KEY = env.str("SEALED_FILES_KEY", default="")
SEALED_FILES_OLD_KEYS = env.list("SEALED_FILES_OLD_KEYS", default=[])  # open what they sealed, seal nothing

DATA_DIR = Path(env.str("CUNXUAN_DATA", default=str(BASE_DIR / ".data")))
RESULTS_DIR = DATA_DIR / "results"
UPLOADS_DIR = DATA_DIR / "uploads"
AUDIT_ANCHOR_DIR = Path(env.str("AUDIT_ANCHOR_DIR", default=str(DATA_DIR / "anchors")))
AUDIT_ANCHOR_KEY = env.str("AUDIT_ANCHOR_KEY", default="")
AUDIT_ANCHOR_OLD_KEYS = env.list("AUDIT_ANCHOR_OLD_KEYS", default=[])
# Where the audit trail goes that is older than thirteen months (accounts/audit/cuts.py).
AUDIT_ARCHIVE_DIR = Path(env.str("AUDIT_ARCHIVE_DIR", default=str(DATA_DIR / "audit-archive")))

# Back-ups: best another machine's disk, under a key that lies elsewhere again (docs/operations.md).
BACKUP_DIR = Path(env.str("CUNXUAN_BACKUP_DIR", default=str(DATA_DIR / "backups")))
BACKUP_KEY_FILE = Path(env.str("CUNXUAN_BACKUP_KEY_FILE", default=str(DATA_DIR / "backup_key")))
BACKUP_OLD_KEY_FILES = env.list(
    "CUNXUAN_BACKUP_OLD_KEY_FILES", default=[]
)  # open what they sealed, seal nothing
BACKUP_URL = env.str("CUNXUAN_BACKUP_URL", default="")
# Who may read /metrics: whoever shows this token; without one, only this machine.
METRICS_TOKEN = env.str("CUNXUAN_METRICS_TOKEN", default="")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "config",
    "reports",
    "supervision",
    "risk",
    "candidates",
    "elections",
    "accounts",
    "accounts.auth.library.NoMail",
    "accounts.auth.library.SecondFactors",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "import_export",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.RequestIdMiddleware",
    "config.logging.AccessLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "accounts.pressure.FilingFirstMiddleware",
    "accounts.auth.quiet.QuietSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "accounts.typed_again.TypedAgainMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.auth.middleware.StageMiddleware",
    "accounts.middleware.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.shell",
            ],
            # Every form carries the key of its submission beside the csrf mark.
            "builtins": ["accounts.templatetags.forms"],
        },
    }
]

DATABASE_URL = env.str("DATABASE_URL", default="postgresql://postgres@127.0.0.1:5432/cunxuan")
IS_WORKER = env.str("CUNXUAN_PROCESS", default="web") == "worker"
REPLICA_URL = env.str("CUNXUAN_REPLICA_URL", default="")
DATABASES = databases(DATABASE_URL, SECRET_KEY, worker=IS_WORKER, replica=REPLICA_URL)
DATABASE_ROUTERS = ["config.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
# Threads of one web process (granian reads the same variable); 0: not known, nothing gives way to filing.
WEB_THREADS = env.int("GRANIAN_BLOCKING_THREADS", default=0)
# A lease is renewed every third of its life; a killed worker's job is taken up again when it has run out.
JOB_LEASE_SECONDS = env.int("CUNXUAN_JOB_LEASE_SECONDS", default=45)
JOB_RING_AGAIN_SECONDS = env.int("CUNXUAN_JOB_RING_AGAIN_SECONDS", default=60)
JOB_RETRY_FACTOR = env.float("CUNXUAN_JOB_RETRY_FACTOR", default=1.0)

LOGGING = logging_config(env.str("CUNXUAN_LOG_LEVEL", default="INFO"), readable=DEBUG)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.auth.backend.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.auth.passwords.LengthAndClasses"},
    {"NAME": "accounts.auth.passwords.NotCommon"},
    {"NAME": "accounts.auth.passwords.NotTheOldOne"},
]
# Second factor: roles that must have one ("all", "none" or codes with commas); everybody may enrol.
SECOND_FACTOR = env.list("CUNXUAN_SECOND_FACTOR", default=["all"] if PRODUCTION else ["none"])
# Networks that roles are bound to: "auditor=10.1.0.0/16,admin=10.1.0.0/16"; a role not named works from anywhere.
NETWORKS = env.list("CUNXUAN_NETWORKS", default=[])
# Security keys are bound to this name; by default that of the address in use.
KEY_DOMAIN = env.str("CUNXUAN_KEY_DOMAIN", default="")
MIGRATION_MODULES = {"account": "accounts.auth.no_mail"}
MFA_ADAPTER = "accounts.auth.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "today"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = env.bool("CUNXUAN_HTTPS", default=PRODUCTION)
if HTTPS:
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_SSL_REDIRECT = env.bool("CUNXUAN_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "usb")
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

MESSAGE_STORAGE = "accounts.typed_again.Told"
SESSION_ENGINE = "accounts.auth.sessions"
SESSION_COOKIE_AGE = 12 * 3600
# Requests that an open page makes by itself; they are no sign that somebody is there.
QUIET_PATHS = ("/notices/bell/", "/account/session/")
# Minutes before a due time at which its office is reminded; at the due time itself it always is.
NOTICE_LEADS = tuple(env.list("CUNXUAN_NOTICE_LEADS", cast=int, default=[60, 15]))
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.AdoptedUser"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.DeclaredRoles"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsing.PlainJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.CodedSchema",
    "EXCEPTION_HANDLER": "accounts.api.errors.coded_response",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "村选 API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "AreaKindEnum": "accounts.choices.AreaKind",
        "AreaOperationKindEnum": "accounts.choices.AreaOperationKind",
        "AreaOperationStateEnum": "accounts.choices.AreaOperationState",
        "JobStateEnum": "accounts.models.jobs.JobState",
        "ScheduleStateEnum": "accounts.models.schedules.ScheduleState",
        "OrgKindEnum": "elections.choices.OrgKind",
    },
}
