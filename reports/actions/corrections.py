"""申请更正: a filed day is opened again only with a reason and the county's consent."""

import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts import audit, moments
from accounts.models import Area
from reports import audit_types
from reports.actions.drafts import require_own_township
from reports.actions.lifecycle import require_own_county, require_unlocked
from reports.actions.sheets import filed_sheet, move_sheet
from reports.choices import Decision, Move
from reports.models import CorrectionRequest
from reports.queries.clock import database_now
from reports.rules import days, states

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


@transaction.atomic
def request_correction(
    round: "Round", township: Area, day: datetime.date, *, reason: str, by: "Scope"
) -> CorrectionRequest:
    """The township asks for its filed day to be opened, with a reason."""
    require_own_township(by, township)
    sheet = filed_sheet(round, township, day)
    next_state = states.next_state(sheet.state, Move.REQUEST_CORRECTION)
    days.require_open(round, day, days.local_day(database_now()))
    request = CorrectionRequest(
        sheet=sheet,
        area_id=township.pk,
        date=day,
        revision_number=sheet.revisions,
        reason=reason.strip(),
        asked_by=by.assignment,
        asked_by_name=by.name,
    )
    request.full_clean(exclude=["sheet", "area", "asked_by", "unit_path"])
    audit.act(by, audit_types.CORRECTION_REQUESTED, sheet, reason=request.reason)
    request.save()
    move_sheet(sheet, next_state)
    return request


@transaction.atomic
def answer_correction(
    round: "Round", township: Area, day: datetime.date, *, consent: bool, by: "Scope", answer: str = ""
) -> CorrectionRequest:
    """The county consents (the township may correct) or declines with a reason (the filed day stands).

    A day that the county has forwarded is locked: it consents only after the city has returned or re-opened it.
    """
    require_own_county(by, township)
    sheet = filed_sheet(round, township, day)
    next_state = states.next_state(sheet.state, Move.CONSENT if consent else Move.DECLINE)
    open_until = require_unlocked(round, township, day, database_now()) if consent else None
    request = CorrectionRequest.objects.select_for_update().get(sheet=sheet, decision="")
    request.decision = Decision.CONSENTED if consent else Decision.DECLINED
    request.decided_by_id, request.decided_by_name = by.assignment_id, by.name
    request.decided_at = moments.stamp(CorrectionRequest._meta.db_table)
    request.answer = answer.strip()
    request.full_clean(exclude=["sheet", "area", "asked_by", "decided_by", "unit_path"])
    act = audit_types.CORRECTION_CONSENTED if consent else audit_types.CORRECTION_DECLINED
    audit.act(by, act, sheet, reason=request.answer)
    request.save(update_fields=["decision", "decided_by", "decided_by_name", "decided_at", "answer"])
    move_sheet(sheet, next_state, open_until=open_until)
    return request
