"""Acts on accounts: they live behind the alias `login`, the trail names the person of the scope in force."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from accounts import audit
from accounts.models import User
from accounts.scope import Scope


@contextmanager
def login_act(by: Scope | None, type: str, subject: User | type[User], *, reason: str = "") -> Iterator[None]:
    """One transaction on `login` with an open act in the name of the scope in force on `default`."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.scope_token', true), '')")
        token = cursor.fetchone()[0]
    with transaction.atomic(using="login"):
        with connections["login"].cursor() as cursor:
            cursor.execute("SELECT set_config('app.scope_token', %s, true)", [token])
        audit.act(by, type, subject, reason=reason, using="login")
        yield
