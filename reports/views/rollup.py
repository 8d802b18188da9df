"""汇总: the office's table of totals, with the way down to the villages behind every figure."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES, Level, Role
from accounts.doors import allow
from accounts.jobs import start_job
from accounts.models import Area
from elections.models import Round
from elections.views.units import crumbs
from reports import metrics
from reports.queries.rollup import MODES, Cell, Line, totals_table
from reports.queries.settings import in_force_for
from reports.queries.villages import townships_missing, villages_behind
from reports.rules.days import read_day
from reports.rules.rollup_layouts import Layout, layouts, own_items
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope

READERS = (*OFFICE_ROLES, Role.WALL)
SHOWN = 50
WHATS = {"counted": "", "added": "当日新增", "missing": "未报", "unknown": "不详", "na": "不适用"}


@dataclass(frozen=True)
class Choice:
    """What the URL asks for."""

    round: Round
    unit: Area
    day: datetime.date
    latest: datetime.date
    cut_off_day: datetime.date
    cut_off: datetime.time
    layout: Layout
    mode: str

    def url(self, **changes: Any) -> str:
        """This table with some of its choices changed; the whole choice stands in the URL."""
        query = {
            "unit": self.unit.code,
            "date": self.day.isoformat(),
            "table": self.layout.code,
            "mode": self.mode,
        }
        query |= {key: value for key, value in changes.items() if value not in (None, "")}
        return f"{reverse('rollup:table')}?{urlencode(query)}"


def choice_of(request: HttpRequest) -> Choice | None:
    """The table asked for; None while the unit has no round. A day outside the round, or no day at all: 404."""
    unit = request.scope.unit
    force = in_force_for(unit)
    if force is None:
        return None
    if unit.level >= Level.VILLAGE:
        raise Http404
    round, now = force.round, force.now
    today = timezone.localdate(now)
    latest = max(round.reporting_from, min(today, round.reporting_to))
    cut_off = force.cut_offs[Level.TOWNSHIP]
    cut_off_day = last_cut_off_day(round, cut_off, now)
    asked = request.GET.get("date", "")
    day = read_day(asked) if asked else cut_off_day
    layout = layouts(own_items(force.items(day))).get(request.GET.get("table", "progress"))
    mode = request.GET.get("mode", "day")
    if layout is None or mode not in MODES or not round.reporting_from <= day <= latest:
        raise Http404
    return Choice(round, unit, day, latest, cut_off_day, cut_off, layout, mode)


def last_cut_off_day(round: Round, cut_off: datetime.time, now: datetime.datetime) -> datetime.date:
    """The last reporting day whose township cut-off has passed, so that the printed table and the screen agree."""
    today = timezone.localdate(now)
    passed = now > due_at(today, cut_off)
    day = today if passed else today - datetime.timedelta(days=1)
    return max(round.reporting_from, min(day, round.reporting_to))


@allow(*READERS)
@require_safe
def rollup(request: HttpRequest) -> HttpResponse:
    """The table of one unit on one day, and the villages behind the figure that `open` names."""
    choice = choice_of(request)
    if choice is None:
        return render(request, "reports/rollup.html", {"unit": request.scope.unit})
    table = totals_table(request.scope, choice.round, choice.unit, choice.day, choice.layout, choice.mode)
    context = {
        "choice": choice,
        "unit": choice.unit,
        "round": choice.round,
        "table": table,
        "rows": [shown(line, choice) for line in table.lines],
        "total": shown(table.total, choice) if table.total else None,
        "steps": [*crumbs(request.scope, choice.unit, reverse("rollup:table")), ("汇总", "")],
        "tabs": [
            (each.label, choice.url(table=code), code == choice.layout.code)
            for code, each in layouts().items()
        ],
        "modes": [(label, choice.url(mode=code), code == choice.mode) for code, label in MODES.items()],
        "days": _days(choice),
        "due": due_at(choice.day, choice.cut_off),
        "now": timezone.now(),
        "missing": table.townships - table.filed,
        "missing_url": choice.url(open="townships", of=choice.unit.code) + "#drill",
        "latest_url": choice.url(date=choice.latest.isoformat()),
        "may_export": request.scope.has(*OFFICE_ROLES),
        "may_fold": request.scope.has(Role.CITY_OFFICE, Role.COUNTY_OFFICE),
        "drill": drill(request.scope, choice, request.GET),
    }
    if context["drill"]:
        context["drill_steps"] = context["drill"]["steps"]
        context["export_label"] = f"导出这 {context['drill']['count']:,} 个"
    return render(request, "reports/rollup.html", context)


@dataclass(frozen=True)
class ShownLine:
    """A unit with its door and its cells with theirs."""

    line: Line
    url: str
    cells: list[tuple[Cell, str, bool]]


def shown(line: Line, choice: Choice) -> ShownLine:
    starts = {id(group.columns[0]) for group in choice.layout.groups}
    url = (
        reverse("elections:org", args=[line.code])
        if line.level == Level.VILLAGE
        else choice.url(unit=line.code)
    )
    cells = [(cell, _door(cell, line, choice), id(cell.column) in starts) for cell in line.cells]
    return ShownLine(line, url, cells)


def _door(cell: Cell, line: Line, choice: Choice) -> str:
    if line.level == Level.VILLAGE or not cell.opens:
        return ""
    if cell.column.show == "missing":
        return choice.url(open="townships", of=line.code) + "#drill"
    what = "added" if cell.column.show == "change" else ""
    return choice.url(open=cell.column.key, of=line.code, what=what) + "#drill"


def drill(scope: "Scope", choice: Choice, query: Any) -> dict[str, Any] | None:
    """The rows behind a figure: `open` names it, `of` the unit, `what` which of its parts; None without `open`."""
    key, what = query.get("open", ""), query.get("what", "counted")
    if not key:
        return None
    of = Area.objects.within(choice.unit.path).filter(code=query.get("of", choice.unit.code)).first()
    if of is None or not scope.covers(of) or what not in WHATS:
        raise Http404
    steps = [*crumbs(scope, of, reverse("rollup:table"))]
    if key == "townships":
        rows = townships_missing(scope, choice.round, of, choice.day)
        return {
            "kind": "townships",
            "rows": rows,
            "count": len(rows),
            "steps": [*steps, (f"未报 {len(rows)} 个乡镇", "")],
        }
    metric = metrics.by_key().get(key)
    if metric is None:
        raise Http404
    limit = None if query.get("all") else SHOWN
    rows, count = villages_behind(scope, choice.round, of, choice.day, key, what, limit=limit)
    label = f"{metric.name}{WHATS[what]} {count:,} 个村(社区)"
    return {
        "kind": "villages",
        "metric": metric,
        "rows": rows,
        "count": count,
        "steps": [*steps, (label, "")],
        "all_url": choice.url(open=key, of=of.code, what=what, all=1) + "#drill" if count > len(rows) else "",
        "export": {"open": key, "of": of.code, "what": what},
    }


def _days(choice: Choice) -> list[tuple[str, str, bool]]:
    """Days to choose from, the newest first; the last cut-off and the newest are named."""
    first = max(choice.round.reporting_from, choice.latest - datetime.timedelta(days=60))
    days = [choice.latest - datetime.timedelta(days=n) for n in range((choice.latest - first).days + 1)]
    names = {choice.latest: "最新", choice.cut_off_day: "截止时"}
    return [(day, names.get(day, ""), day == choice.day) for day in days]


@allow(*OFFICE_ROLES)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Start the workbook of this table (`sheets=1`: a sheet for each unit below) as a job."""
    choice = _required(request)
    params = {
        "round": choice.round.pk,
        "unit": choice.unit.code,
        "date": choice.day.isoformat(),
        "table": choice.layout.code,
        "mode": choice.mode,
        "format": "csv" if request.POST.get("format") == "csv" else "xlsx",
    }
    subject = ":".join(str(value) for value in params.values())
    job = start_job("rollup.export", subject, by=request.scope, params=params, detail=choice.unit.name)
    return redirect("jobs:detail", job.pk)


@allow(*OFFICE_ROLES)
@require_POST
def export_villages(request: HttpRequest) -> HttpResponse:
    """Start the workbook of exactly the villages behind one figure as a job."""
    choice = _required(request)
    asked = drill(request.scope, choice, request.POST)
    if asked is None or asked["kind"] != "villages":
        raise Http404
    params = {
        "round": choice.round.pk,
        "unit": choice.unit.code,
        "date": choice.day.isoformat(),
        **asked["export"],
    }
    subject = ":".join(str(value) for value in params.values())
    job = start_job("rollup.villages", subject, by=request.scope, params=params, detail=asked["metric"].name)
    return redirect("jobs:detail", job.pk)


@allow(Role.CITY_OFFICE, Role.COUNTY_OFFICE)
@require_POST
def fold_now(request: HttpRequest) -> HttpResponse:
    """立即汇总: fold what was filed since, on demand, as a job."""
    choice = _required(request)
    job = start_job("rollup.now", str(choice.round.pk), by=request.scope, params={"round": choice.round.pk})
    return redirect("jobs:detail", job.pk)


def _required(request: HttpRequest) -> Choice:
    choice = choice_of(request)
    if choice is None:
        raise Http404
    return choice
