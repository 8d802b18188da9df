"""Asking for what a second person decides, and the answer: the same for every such request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from accounts import audit
from accounts.errors import Refusal

if TYPE_CHECKING:
    from accounts.models.two_persons import TwoPersonRequest
    from accounts.scope import Scope


def asked_by(by: Scope) -> dict[str, object]:
    """Columns that say who asks."""
    return {
        "asked_by_id": by.assignment_id,
        "asked_by_account": by.assignment.user_id if by.assignment else 0,
        "asked_by_name": by.name,
    }


def enter_answer(request: TwoPersonRequest, *, approve: bool, answer: str, by: Scope, type: str) -> None:
    """Enter the answer under an act of `type`. The caller holds the row and has asked the rules who may."""
    answer = answer.strip()
    if not approve and not answer:
        raise Refusal("reason_required", "不同意须写明理由", field="answer")
    audit.act(by, type, request, reason=answer)
    request.decision = request.Decision.APPROVED if approve else request.Decision.REFUSED
    request.answer = answer
    request.decided_by_id = by.assignment_id
    request.decided_by_account = by.assignment.user_id if by.assignment else None
    request.decided_by_name = by.name
    request.decided_at = timezone.now()
    # Who asked may stand above the one who decides: its assignment is not the reader's to look up.
    request.full_clean(exclude=["unit_path", "asked_by", "decided_by"])
    request.save()
