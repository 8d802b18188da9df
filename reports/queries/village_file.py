"""What a village last reported: its steps with their days, and its figures, for the village file."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from accounts.metrics import Metric
from elections.models import Org
from reports.metrics import by_key
from reports.models import DailyFigure, DailyRevision, LocalMetric
from reports.queries.rows import values_of
from reports.queries.settings import LOCAL_GROUP, as_metric, in_force
from reports.rules.layout import CLOSING, COMMITTEE, FLOWS, PARTY, PREPARE, empty_word
from reports.rules.layouts import is_date

if TYPE_CHECKING:
    from accounts.scope import Scope

STEP_GROUPS: Final = (("准备", PREPARE), ("党组织", PARTY), ("村(居)委会", COMMITTEE), ("收尾", CLOSING))


@dataclass(frozen=True)
class Reported:
    """One figure as filed: a number, a day, or the mark that stands instead."""

    metric: Metric
    value: Any
    mark: str


@dataclass(frozen=True)
class VillageReport:
    """The newest filed report of a village. `revision` is None for who may not read the township's filing."""

    date: datetime.date
    revision: DailyRevision | None
    steps: list[tuple[str, list[Reported]]]
    figures: list[tuple[str, list[Reported]]]
    note: str

    @property
    def done(self) -> int:
        return sum(one.value is not None for _, group in self.steps for one in group)

    @property
    def asked(self) -> int:
        """Steps that apply to the village."""
        return sum(one.mark != "na" for _, group in self.steps for one in group)


def village_report(scope: "Scope", org: Org) -> VillageReport | None:
    """The newest filed report of `org`; None before the first one. At most three queries."""
    figure = (
        DailyFigure.objects.visible_to(scope)
        .filter(round_id=org.round_id, area_id=org.area_id)
        .order_by("-date", "-revision_id")
        .first()
    )
    if figure is None:
        return None
    revision = DailyRevision.objects.filter(pk=figure.revision_id).first()
    own = [
        as_metric(item)
        for item in LocalMetric.objects.filter(round_id=org.round_id)
        if in_force(item, figure.date)
    ]
    known = {**by_key(), **{metric.key: metric for metric in own}}
    values = values_of(figure, known.values())

    def group(keys: tuple[str, ...], *, steps: bool) -> list[Reported]:
        return [_reported(known[key], values, figure.marks) for key in keys if is_date(key) is steps]

    shown = [(name, group(keys, steps=False)) for name, keys in STEP_GROUPS]
    work = group((*FLOWS, *(metric.key for metric in own if metric.group == LOCAL_GROUP)), steps=False)
    return VillageReport(
        date=figure.date,
        revision=revision,
        steps=[(name, group(keys, steps=True)) for name, keys in STEP_GROUPS],
        figures=[(name, rows) for name, rows in (*shown, ("当日工作", work)) if rows],
        note=figure.note,
    )


def _reported(metric: Metric, values: dict[str, Any], marks: dict[str, str]) -> Reported:
    value = values.get(metric.key)
    if value is None:
        return Reported(metric, None, marks.get(metric.key) or empty_word(metric, values))
    return Reported(metric, datetime.date.fromisoformat(value) if is_date(metric.key) else value, "")
