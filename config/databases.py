"""The four database aliases and the eight database roles behind them.

`DATABASE_URL` names a role that may create roles (or one that may not, once the administrator of the server has
run what `manage.py prepare_database --print-sql` prints); it is used by `manage.py prepare_database` alone.
Everything else connects as a role of its own whose password is derived from SECRET_KEY, so that one
secret is kept, not eight. After changing SECRET_KEY run `manage.py prepare_database` again.
"""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import unquote, urlsplit

OWNER = "cunxuan_owner"
GATEKEEPER = "cunxuan_gatekeeper"
WEB = "cunxuan_web"
WORKER = "cunxuan_worker"
LOGIN = "cunxuan_login"
AUDITOR = "cunxuan_auditor"
SEALER = "cunxuan_sealer"
BACKUP = "cunxuan_backup"

SCRAM_ROUNDS = 4096  # PostgreSQL's own; the password is 256 random bits, more rounds would protect nothing

# What a web request may take; a worker's statements may run longer, its locks may not.
# Compiling a statement (jit) takes longer than running it: row policies make the planner guess high costs.
WEB_LIMITS = {
    "statement_timeout": 10_000,
    "lock_timeout": 3_000,
    "idle_in_transaction_session_timeout": 30_000,
    "jit": 0,
}
# The roll-up of the whole country works in temporary tables of some 50 MB; 8192 blocks are 64 MB.
WORKER_LIMITS = {"statement_timeout": 1_800_000, "lock_timeout": 30_000, "jit": 0, "temp_buffers": 8192}


def role_password(secret: str, role: str) -> str:
    """Password of a database role: 64 hexadecimal characters derived from the secret key."""
    return hmac.new(secret.encode(), f"database role {role}".encode(), hashlib.sha256).hexdigest()


def role_verifier(secret: str, role: str) -> str:
    """What PostgreSQL keeps of that password (RFC 5803): it can be printed and logged, nobody signs in with it."""
    password = role_password(secret, role).encode()
    salt = hmac.new(secret.encode(), f"database salt {role}".encode(), hashlib.sha256).digest()[:16]
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.new(salted, b"Client Key", hashlib.sha256).digest()).digest()
    server = hmac.new(salted, b"Server Key", hashlib.sha256).digest()
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{salt64}${stored64}:{server64}"


def parse_url(url: str) -> dict[str, str]:
    """Host, port, name, user and password of a postgresql:// address."""
    parts = urlsplit(url)
    return {
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 5432),
        "NAME": unquote(parts.path.lstrip("/")) or "cunxuan",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
    }


def _alias(
    server: dict[str, str], secret: str, role: str, limits: dict[str, int], **extra: Any
) -> dict[str, Any]:
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": server["HOST"],
        "PORT": server["PORT"],
        "NAME": server["NAME"],
        "USER": role,
        "PASSWORD": role_password(secret, role),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": options, "application_name": role} if options else {"application_name": role},
        **extra,
    }


def databases(url: str, secret: str, *, worker: bool, replica: str = "") -> dict[str, dict[str, Any]]:
    """The aliases `default`, `ledger`, `login` and `owner` for this process.

    `default` carries business rows under row-level security, `ledger` is a second connection of the same role
    (progress and denials survive the request's rollback), `login` reaches users and sessions only, `owner`
    migrates. In tests the first three follow the database that `owner` creates. With a `replica` the worker has a
    fifth alias, which jobs that only read are given in place of `default` (accounts/jobs/replica.py).
    """
    server = parse_url(url)
    role, limits = (WORKER, WORKER_LIMITS) if worker else (WEB, WEB_LIMITS)
    follows_owner = {"TEST": {"MIRROR": "owner"}}
    aliases = {
        "default": _alias(server, secret, role, limits, ATOMIC_REQUESTS=True, **follows_owner),
        "ledger": _alias(server, secret, role, WEB_LIMITS, **follows_owner),
        "login": _alias(server, secret, LOGIN, WEB_LIMITS, **follows_owner),
        "owner": _alias(server, secret, OWNER, {}, CONN_MAX_AGE=0),
    }
    if replica and worker:
        aliases["replica"] = replica_alias(replica, secret)
    return aliases


def replica_alias(url: str, secret: str) -> dict[str, Any]:
    """The worker's connection to a read replica; nothing is migrated or tested through it."""
    return _alias(parse_url(url), secret, WORKER, WORKER_LIMITS, TEST={"MIRROR": "owner"})


class Router:
    """Sends accounts' login tables to the alias `login`; migrations run on `owner` alone."""

    def db_for_read(self, model: type, **hints: Any) -> str | None:
        return self._alias_of(model)

    def db_for_write(self, model: type, **hints: Any) -> str | None:
        return self._alias_of(model)

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return self._alias_of(type(first)) == self._alias_of(type(second))

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"

    @staticmethod
    def _alias_of(model: type) -> str | None:
        access = getattr(model, "access", None)
        return "login" if access is not None and access.kind == "login" else None
