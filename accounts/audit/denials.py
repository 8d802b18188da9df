"""Refused attempts: counted outside the request's transaction, which is rolled back."""

from typing import Any

from django.db import connections


def deny(request: Any, what: str) -> int:
    """Count a refused attempt of the request's assignment; returns its attempts in this hour.

    `what` names the route or the object kind, never personal data. Above 20 an hour the health page alarms.
    """
    scope = getattr(request, "scope", None)
    with connections["ledger"].cursor() as cursor:
        cursor.execute(
            "SELECT audit_record_denial(%s, %s, %s)",
            [scope.assignment_id if scope else None, what, getattr(request, "request_id", "") or ""],
        )
        return cursor.fetchone()[0]
