"""A superior office offers a township the sheet it collected; the township takes it into its draft, and files itself."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit
from accounts.choices import Level, Role
from accounts.errors import Refusal
from accounts.jobs import start_job
from accounts.models import Area
from reports import audit_types
from reports.actions.drafts import require_own_township, save_draft
from reports.collecting import Collected
from reports.models import DailyOffer
from reports.queries.clock import database_now
from reports.rules.edits import Edit, Outcome

if TYPE_CHECKING:
    from accounts.models import Job
    from accounts.scope import Scope
    from elections.models import Round

OFFER = "daily.offer"


@transaction.atomic
def offer_days(round: "Round", files: Sequence[Collected], *, by: "Scope") -> int:
    """Lay the good files before their townships; nothing of a township's own figures is touched. Returns how many."""
    if not by.has(Role.COUNTY_OFFICE, Role.CITY_OFFICE):
        raise PermissionDenied
    good = [one for one in files if one.is_good]
    if not good:
        raise Refusal("nothing_to_offer", "没有可以送乡镇的文件，请改正后重新上传")
    towns = Area.objects.visible_to(by).filter(code__in={one.code for one in good}, level=Level.TOWNSHIP)
    areas = {town.code: town for town in towns}
    audit.act(by, audit_types.DAYS_OFFERED, DailyOffer, after={"files": len(good)})
    now = database_now()
    rows = [
        DailyOffer(
            round_id=round.pk,
            area_id=areas[one.code].pk,
            date=datetime.date.fromisoformat(one.date),
            cells=one.cells,
            sent_by_name=by.name,
            sent_by_office=by.office,
            sent_at=now,
        )
        for one in good
    ]
    fresh = ["cells", "sent_by_name", "sent_by_office", "sent_at", "is_open"]
    DailyOffer.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["round", "area", "date"], update_fields=fresh
    )
    return len(rows)


@transaction.atomic
def take_offer(
    round: "Round", township: Area, day: datetime.date, edits: Sequence[Edit], *, by: "Scope"
) -> Outcome:
    """The township takes what it was shown into its draft; filing stays its own act."""
    offer = _open_offer(round, township, day, by)
    audit.act(by, audit_types.OFFER_TAKEN, offer, after={"cells": len(edits)})
    outcome = save_draft(round, township, day, edits, by=by)
    _close(offer)
    return outcome


@transaction.atomic
def decline_offer(round: "Round", township: Area, day: datetime.date, *, by: "Scope") -> None:
    """The township leaves the sheet aside: its own figures stand."""
    offer = _open_offer(round, township, day, by)
    audit.act(by, audit_types.OFFER_DECLINED, offer)
    _close(offer)


def _open_offer(round: "Round", township: Area, day: datetime.date, by: "Scope") -> DailyOffer:
    require_own_township(by, township)
    offers = DailyOffer.objects.select_for_update()
    offer = offers.filter(round=round, area=township, date=day, is_open=True).first()
    if offer is None:
        raise Refusal("offer_gone", "送来的表已采用、已放下或已换成新的，请回到日报", status=409)
    return offer


def _close(offer: DailyOffer) -> None:
    offer.is_open = False
    offer.save(update_fields=["is_open"])


def start_offering(round: "Round", token: str, files: Sequence[Collected], *, by: "Scope") -> "Job":
    """Have the good files of an upload laid before their townships, as a job; the second click finds the first."""
    good = sum(1 for one in files if one.is_good)
    if not good:
        raise Refusal("nothing_to_offer", "没有可以送乡镇的文件，请改正后重新上传")
    return start_job(
        OFFER, token, by=by, params={"round": round.pk, "desk": token}, detail=f"乡镇日报表 {good} 个"
    )
