"""The telephone numbers of accounts: who may look at one, and which unit it belongs to."""

from typing import Any

from django.db.models import F
from django.urls import reverse

from accounts import reveals
from accounts.models import Area, User
from accounts.queries.people import visible_assignments, visible_users
from accounts.rules.people import VIEWERS
from accounts.scope import Scope

CODE = "account.phone"


def unit_of(scope: Scope, user: Any) -> Area | None:
    """The unit of a role of the account that the reader sees; None for the administrators of the whole system."""
    held = visible_assignments(scope).filter(user_id=user.pk, area__isnull=False).select_related("area")
    found = held.order_by(F("revoked_at").desc(nulls_first=True), "pk").first()
    return found.area if found else scope.area


def register() -> None:
    reveals.register(
        CODE,
        User._meta.get_field("phone"),
        roles=VIEWERS,
        rows=visible_users,
        unit=unit_of,
        page=lambda user: reverse("users:detail", args=[user.pk]),
    )
