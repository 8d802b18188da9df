"""What a village last reported: its steps with their days, and its figures, for the village file."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from accounts.metrics import Metric, MetricNature
from elections.models import Org
from reports.metrics import by_key
from reports.models import DailyFigure, DailyRevision, LocalMetric
from reports.queries.rows import values_of
from reports.queries.settings import as_metric, in_force
from reports.rules.rollup_layouts import is_date
from reports.rules.sheet_layout import CLOSING, COMMITTEE, FLOWS, PARTY, PREPARE, empty_word

if TYPE_CHECKING:
    from accounts.scope import Scope

STAGES: Final = (("准备", PREPARE), ("党组织", PARTY), ("村(居)委会", COMMITTEE), ("收尾", CLOSING))


@dataclass(frozen=True)
class Reported:
    """One figure as filed: a number, a day, or the mark that stands instead."""

    metric: Metric
    value: Any
    mark: str


@dataclass(frozen=True)
class Stage:
    """One stage of the work: its steps with their days, and its figures as far as their step is reached."""

    name: str
    steps: list[Reported]
    figures: list[Reported]


@dataclass(frozen=True)
class VillageReport:
    """The newest filed report of a village. `revision` is None for who may not read the township's filing."""

    date: datetime.date
    revision: DailyRevision | None
    stages: list[Stage]
    note: str

    @property
    def done(self) -> int:
        return sum(one.value is not None for stage in self.stages for one in stage.steps)

    @property
    def asked(self) -> int:
        """Steps that apply to the village."""
        return sum(one.mark != "na" for stage in self.stages for one in stage.steps)


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

    def stage(name: str, keys: Iterable[str]) -> Stage:
        told = [_reported(known[key], values, figure.marks) for key in keys]
        steps = [one for one in told if one.metric.nature is MetricNature.DATE]
        figures = [one for one in told if one not in steps and one.mark != "not_reached"]
        return Stage(name, steps, figures)

    return VillageReport(
        date=figure.date,
        revision=revision,
        stages=[stage(name, keys) for name, keys in (*STAGES, ("当日工作", (*FLOWS, *(m.key for m in own))))],
        note=figure.note,
    )


def _reported(metric: Metric, values: dict[str, Any], marks: dict[str, str]) -> Reported:
    value = values.get(metric.key)
    if value is None:
        return Reported(metric, None, marks.get(metric.key) or empty_word(metric, values))
    return Reported(metric, datetime.date.fromisoformat(value) if is_date(metric.key) else value, "")
