"""What a city sets for its round's daily report."""

import datetime
import re
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from pypinyin import Style, lazy_pinyin

from accounts import audit
from accounts.choices import Role
from accounts.errors import Refusal
from reports import audit_types
from reports.models import CutOff, LocalMetric
from reports.rules.timing import DEFAULT_CUT_OFF

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


def _require_city(by: "Scope", round: "Round") -> None:
    if by.role != Role.CITY_OFFICE or by.area is None or by.area.pk != round.area_id:
        raise PermissionDenied


def _check(row: CutOff | LocalMetric) -> None:
    """Everything `full_clean` checks but whether round and area exist; a name taken in the round is refused."""
    row.clean_fields(exclude=["round", "area", "unit_path"])
    row.validate_constraints(exclude=["area", "unit_path"])


@transaction.atomic
def set_cut_off(round: "Round", level: int, at: datetime.time, *, by: "Scope") -> CutOff:
    """By when a level is due from now on; days already filed keep the cut-off they were filed under."""
    _require_city(by, round)
    found = CutOff.objects.select_for_update().filter(round=round, level=level).first()
    cut_off = found or CutOff(round_id=round.pk, area_id=round.area_id, level=level)
    before = {"level": level, "at": cut_off.at or DEFAULT_CUT_OFF.get(level)}
    cut_off.at = at
    _check(cut_off)
    audit.act(by, audit_types.CUT_OFF_SET, CutOff, before=before, after={"level": level, "at": at})
    cut_off.save()
    return cut_off


@transaction.atomic
def add_local_metric(
    round: "Round",
    *,
    name: str,
    unit: str,
    nature: str,
    valid_from: datetime.date,
    by: "Scope",
    key: str = "",
) -> LocalMetric:
    """A city's own item, asked for from `valid_from` on. Without a key one is made of the pinyin initials."""
    _require_city(by, round)
    others = list(LocalMetric.objects.filter(round=round))
    item = LocalMetric(
        round_id=round.pk,
        area_id=round.area_id,
        key=key or made_key(name, {other.key for other in others}),
        name=name.strip(),
        unit=unit.strip(),
        nature=nature,
        position=len(others) + 1,
        valid_from=valid_from,
    )
    _check(item)
    audit.act(by, audit_types.LOCAL_METRIC_ADDED, LocalMetric, after={"key": item.key, "name": item.name})
    item.save()
    return item


@transaction.atomic
def end_local_metric(item: LocalMetric, valid_to: datetime.date, *, by: "Scope") -> LocalMetric:
    """Ask for an item no longer after `valid_to`; what was filed stays."""
    item = LocalMetric.objects.select_for_update(of=("self",)).select_related("round").get(pk=item.pk)
    _require_city(by, item.round)
    if item.valid_to is not None and item.valid_to <= valid_to:
        raise Refusal(
            "item_already_ended", f"“{item.name}”已到 {item.valid_to} 为止", field="valid_to", status=409
        )
    item.valid_to = valid_to
    _check(item)
    audit.act(by, audit_types.LOCAL_METRIC_ENDED, item, after={"valid_to": valid_to})
    item.save(update_fields=["valid_to", "updated_at"])
    return item


def made_key(name: str, taken: set[str]) -> str:
    """x_ and the initials of the pinyin, numbered when taken: 入户宣讲 gives x_rhxj."""
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    stem = "x_" + (re.sub(r"[^a-z0-9]", "", letters)[:24] or "item")
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key
