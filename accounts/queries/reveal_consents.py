"""Requests for one look more than the quota: what waits, what is open, and what each has become."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from accounts.models import Reveal, RevealConsent
from accounts.queries.reveals import revealable_row
from accounts.reveals import label_of, lookable
from accounts.rules.reveals import CONSENT_LASTS
from accounts.scope import Scope
from accounts.today import Card

SHOWN, CARDS, NONE_SECONDS = 50, 20, 30
PENDING, APPROVED = RevealConsent.Decision.PENDING, RevealConsent.Decision.APPROVED


@dataclass(frozen=True)
class ConsentLine:
    """A request as the list shows it. `url`: where its value is looked at, for who asked while it is open."""

    row: RevealConsent
    label: str
    own: bool
    outcome: str
    url: str


def require_looker(scope: Scope) -> None:
    """403 for a role that may look at nothing: it has neither anything to ask for nor to consent to."""
    if not lookable(scope.role):
        raise PermissionDenied


def consent_row(scope: Scope, pk: int) -> RevealConsent:
    """A request the reader may see; 403 for the role, 404 for a row not there."""
    require_looker(scope)
    row = RevealConsent.objects.visible_to(scope).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def may_look(scope: Scope, consent: RevealConsent) -> bool:
    """Whether the reader could look at the value itself. One query."""
    try:
        revealable_row(scope, consent.what, consent.subject_id)
    except (Http404, PermissionDenied):
        return False
    return True


def account_of(scope: Scope) -> int:
    return scope.assignment.user_id if scope.assignment is not None else 0


def open_consent(scope: Scope, what: str, subject_id: int) -> RevealConsent | None:
    """The consent under which the caller's account may look at this value now: given lately, and not used."""
    rows = RevealConsent.objects.visible_to(scope).filter(_open(scope, timezone.now()))
    return rows.filter(what=what, subject_id=subject_id).order_by("-decided_at").first()


def is_waiting(scope: Scope, what: str, subject_id: int) -> bool:
    """Whether the caller's account has asked for this value and nobody has answered. One query."""
    rows = RevealConsent.objects.visible_to(scope).filter(asked_by_account=account_of(scope))
    return rows.filter(decision=PENDING, what=what, subject_id=subject_id).exists()


def consent_lines(scope: Scope) -> tuple[list[ConsentLine], list[ConsentLine]]:
    """Requests of the reader's area: those waiting, oldest first, and the last fifty answered. Two queries."""
    require_looker(scope)
    used = Exists(Reveal.objects.filter(consent=OuterRef("pk")))
    rows = RevealConsent.objects.visible_to(scope).select_related("area").annotate(used=used)
    waiting = rows.filter(decision=PENDING, what__in=lookable(scope.role)).order_by("asked_at", "pk")
    answered = rows.exclude(decision=PENDING).order_by("-decided_at")[:SHOWN]
    now = timezone.now()
    return [_line(scope, row, now) for row in waiting], [_line(scope, row, now) for row in answered]


def consent_cards(scope: Scope, now: dt.datetime) -> list[Card]:
    """今日: requests of others to answer, and consents of one's own that are open. One query, or none.

    They are rare: that there is none is remembered as long as what waits at the menu (`accounts.context`).
    """
    codes = lookable(scope.role)
    none = f"no-consents:{scope.assignment_id}:{scope.unit.pk if scope.unit else 0}"
    seconds = getattr(settings, "WAITING_SECONDS", NONE_SECONDS)
    if not codes or scope.units is not None or (seconds and cache.get(none)):
        return []
    to_answer = Q(decision=PENDING) & ~Q(asked_by_account=account_of(scope))
    rows = RevealConsent.objects.visible_to(scope).filter(what__in=codes)
    found = [_card(row) for row in rows.filter(to_answer | _open(scope, now)).order_by("asked_at")[:CARDS]]
    if seconds and not found:
        cache.set(none, True, seconds)
    return found


def _open(scope: Scope, now: dt.datetime) -> Q:
    mine = Q(asked_by_account=account_of(scope), decision=APPROVED, look__isnull=True)
    return mine & Q(decided_at__gt=now - CONSENT_LASTS)


def _line(scope: Scope, row: RevealConsent, now: dt.datetime) -> ConsentLine:
    own = row.asked_by_account == account_of(scope)
    used = row.used  # type: ignore[attr-defined]
    ends = None if row.decided_at is None else row.decided_at + CONSENT_LASTS
    opens = row.decision == APPROVED and not used and ends is not None and now < ends
    outcome = row.get_decision_display()
    if row.decision == APPROVED:
        state = "已查看" if used else f"{timezone.localtime(ends):%H:%M} 前可看一次" if opens else "过时未看"
        outcome = f"{outcome}，{state}"
    return ConsentLine(row, label_of(row.what), own, outcome, look_url(row) if own and opens else "")


def _card(row: RevealConsent) -> Card:
    label = label_of(row.what)
    if row.decision == PENDING:
        url, why = reverse("reveals:consents"), f"{row.asked_by_name}申请，事由编号 {row.case_number}"
        return Card(None, f"审批：超额查看{label}", why, row.whose, url, "审批", "查看")
    ends = row.decided_at + CONSENT_LASTS if row.decided_at else None
    return Card(
        ends,
        f"查看{label}",
        f"{row.decided_by_name}已同意，只能看一次",
        row.whose,
        look_url(row),
        "查看",
        "查看",
    )


def look_url(row: RevealConsent) -> str:
    """Where the value is looked at."""
    return reverse("reveals:show", args=[*row.what.split("."), row.subject_id])
