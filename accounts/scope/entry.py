"""Entering a scope: inside a transaction, for that transaction alone, and never remembered."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections, transaction

if TYPE_CHECKING:
    from accounts.models import Area, Assignment


@dataclass(frozen=True)
class Scope:
    """Who acts, as what, where. Screens and actions take it as `by`; the database holds the truth of it."""

    assignment: Assignment | None
    area: Area | None
    unit: Area | None
    system: str = ""
    # What this request has looked up already, for providers that cannot hand it to each other.
    memo: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def assignment_id(self) -> int | None:
        return self.assignment.pk if self.assignment else None

    @property
    def role(self) -> str:
        return self.assignment.role if self.assignment else "system"

    @property
    def path(self) -> str:
        """Path of the assignment's area: the widest the holder may see ('' is the whole system)."""
        return self.assignment.unit_path if self.assignment else ""

    @property
    def units(self) -> list[int] | None:
        return self.assignment.units if self.assignment else None

    @property
    def department(self) -> str:
        return self.assignment.department if self.assignment else ""

    @property
    def name(self) -> str:
        return self.assignment.holder_name if self.assignment else self.system

    @property
    def office(self) -> str:
        return self.assignment.office_name if self.assignment else "系统"

    def has(self, *roles: str) -> bool:
        return self.role in roles

    def covers(self, area: Area) -> bool:
        return area.path.startswith(self.path) and (self.units is None or area.pk in self.units)


def scope_of(assignment: Assignment, unit: Area | None = None) -> Scope:
    """Scope of an assignment; the unit in force is its own area unless another below it is given."""
    return Scope(assignment=assignment, area=assignment.area, unit=unit or assignment.area)


def token_for(holder: str, assignment_id: int) -> str:
    """The opaque token of a holder (a session or a command) for one assignment.

    It is derived, not stored: the database keeps only its hash, and the web process can make it again.
    """
    text = f"scope token {holder} {assignment_id}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue(holder: str, assignment_id: int, *, hours: int = 12) -> str:
    """Have the database issue the token of a holder for an assignment in force; returns the token.

    The database answers CX003 when the assignment is not in force.
    """
    token = token_for(holder, assignment_id)
    with connections["login"].cursor() as cursor:
        cursor.execute("SELECT scope_issue(%s, %s, %s, %s)", [hashed(token), holder, assignment_id, hours])
    return token


def enter(token: str) -> None:
    """Set the scope of the current transaction on `default`; refuses outside a transaction."""
    connection = connections["default"]
    if not connection.in_atomic_block:
        raise RuntimeError("A scope is entered inside a transaction only")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.scope_token', %s, true)", [token])


def leave() -> None:
    """Forget the scope inside a longer transaction; the end of its own transaction forgets it by itself."""
    connection = connections["default"]
    if connection.savepoint_ids and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.scope_token', '', true)")


@contextmanager
def in_scope(token: str) -> Iterator[None]:
    """Run a block in one transaction under a token."""
    with transaction.atomic(using="default"):
        enter(token)
        yield
        leave()


@contextmanager
def scoped(assignment: Assignment, *, holder: str = "command") -> Iterator[Scope]:
    """Run a block in one transaction under an assignment: commands (`--as`) and tests."""
    token = issue(holder, assignment.pk)
    with in_scope(token):
        yield scope_of(assignment)


@contextmanager
def system_scoped(name: str) -> Iterator[Scope]:
    """Run a block in one transaction under a registered system scope (rows of `SystemScope`).

    Only the worker's role may; a scope in force before is in force again afterwards.
    """
    with transaction.atomic(using="default"):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT current_setting('app.scope_token', true)")
            before = cursor.fetchone()[0] or ""
            cursor.execute("SELECT scope_enter_system(%s)", [name])
        yield Scope(assignment=None, area=None, unit=None, system=name)
        enter(before)
