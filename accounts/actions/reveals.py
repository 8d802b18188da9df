"""Showing a masked value: entered and counted first, then unsealed. The only place that unseals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction

from accounts import audit, audit_types
from accounts.models import Reveal
from accounts.queries.reveal_consents import open_consent
from accounts.queries.reveals import made_today
from accounts.reveals import Revealable
from accounts.rules import reveals as rules
from accounts.scope import Scope


@dataclass(frozen=True)
class Shown:
    """The value in clear, for `rules.SHOWN`; `left`: how many more looks the account has today."""

    value: str
    entry: Reveal
    left: int


def reveal(what: Revealable, row: Any, *, purpose: str, note: str, case_number: str, by: Scope) -> Shown:
    """Enter the look and return the value. The caller has asked for step-up and found `row` through its door.

    Two at once wait for each other, so that the thirty-first is refused however fast it comes, unless a second person
    has consented to this value for this reason; both then stand in the register.
    """
    note, case_number = note.strip(), case_number.strip()
    rules.check_reason(purpose=purpose, note=note, case_number=case_number)
    account = by.assignment.user_id if by.assignment is not None else 0
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reveal {account}"])
        made = made_today()
        consent = None
        if made >= rules.QUOTA:
            found = open_consent(by, what.code, row.pk)
            consent = rules.check_consent(found, purpose=purpose, note=note, case_number=case_number)
        area = what.unit(by, row)
        entry = Reveal(
            what=what.code, subject_id=row.pk, whose=str(row)[:60], purpose=purpose, note=note,
            case_number=case_number, area=area, made_by_id=by.assignment_id or 0, made_by_account=account,
            holder_name=by.name, office_name=by.office, consent=consent,
            consented_by_name=consent.decided_by_name if consent else "",
        )  # fmt: skip
        entry.full_clean(exclude=["unit_path", "revealed_at", "area", "made_by"])
        audit.act(
            by,
            audit_types.VALUE_REVEALED,
            row,
            reason=note,
            unit_path=area.path if area else "",
            after={
                "what": what.code,
                "purpose": purpose,
                "case": case_number,
                **({"consent": consent.pk} if consent else {}),
            },
        )
        entry.save(force_insert=True)
        return Shown(what.field.unseal(row), entry, max(rules.QUOTA - made - 1, 0))
