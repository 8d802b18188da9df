"""One look more than the quota: one person asks, a second consents (threat model 3.3)."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connections, transaction

from accounts import audit, audit_types
from accounts.actions.two_persons import asked_by, enter_answer
from accounts.errors import from_constraint
from accounts.models import RevealConsent
from accounts.queries.reveal_consents import may_look
from accounts.queries.reveals import made_today
from accounts.reveals import Revealable
from accounts.rules import reveals as rules
from accounts.scope import Scope


def ask_consent(
    what: Revealable, row: Any, *, purpose: str, note: str, case_number: str, by: Scope
) -> RevealConsent:
    """Ask to look at one value beyond the quota, and tell those who may consent. `row` came through its door."""
    note, case_number = note.strip(), case_number.strip()
    rules.check_reason(purpose=purpose, note=note, case_number=case_number)
    rules.check_beyond_quota(by, made_today())
    request = RevealConsent(
        what=what.code, subject_id=row.pk, whose=str(row)[:60], purpose=purpose, note=note,
        case_number=case_number, area_id=by.area.pk if by.area else None, **asked_by(by),
    )  # fmt: skip
    request.full_clean(exclude=["unit_path", "asked_at", "asked_by"])
    try:
        with transaction.atomic():
            after = {"what": what.code, "purpose": purpose, "case": case_number}
            audit.act(
                by, audit_types.CONSENT_ASKED, RevealConsent, reason=note, unit_path=by.path, after=after
            )
            request.save(force_insert=True)
            _tell(request, what.roles)
    except IntegrityError as error:
        # The same was asked at the same moment.
        raise from_constraint(error) or error from error
    return request


def answer_consent(request: RevealConsent, *, approve: bool, answer: str = "", by: Scope) -> RevealConsent:
    """Consent, which opens the value once to who asked, or decline with a reason. Never by who asked."""
    with transaction.atomic():
        request = RevealConsent.objects.select_for_update(of=("self",)).get(pk=request.pk)
        rules.check_may_consent(by, request, may_look=may_look(by, request))
        type = audit_types.CONSENT_GIVEN if approve else audit_types.CONSENT_REFUSED
        enter_answer(request, approve=approve, answer=answer, by=by, type=type)
    return request


def _tell(request: RevealConsent, roles: tuple[str, ...]) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT consent_tell(%s, %s)", [request.pk, list(roles)])
