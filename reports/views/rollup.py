"""汇总: the office's table of totals, with the way down to the villages behind every figure."""

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES, Level, Role
from accounts.doors import allow, gives_way
from accounts.moments import LATEST, moment_query, moment_text
from reports import metrics
from reports.actions.exports import start_fold, start_table_export, start_villages_export
from reports.queries.as_of import Past
from reports.queries.comments import pinned_cells
from reports.queries.rollup import MODES, Cell, Line, totals_table
from reports.queries.statistical import MANAGING
from reports.queries.villages import townships_missing, villages_behind
from reports.rules.rollup_layouts import layouts
from reports.rules.timing import due_at
from reports.views.rollup_choice import CUT_OFF, Choice, choice_of, tree_tabs

if TYPE_CHECKING:
    from accounts.scope import Scope

READERS = (*OFFICE_ROLES, Role.WALL)
SHOWN = 50
# xlsx: a sheet for each unit below; csv: this table; villages: a .csv with every village on a line of its own.
FORMATS = ("xlsx", "csv", "villages")
WHATS = {"counted": "", "added": "当日新增", "missing": "未报", "unknown": "不详", "na": "不适用"}


@allow(*READERS)
@gives_way
@require_safe
def rollup(request: HttpRequest) -> HttpResponse:
    """The table of one unit on one day, and the villages behind the figure that `open` names."""
    choice = choice_of(request)
    if choice is None:
        return render(request, "reports/rollup.html", {"unit": request.scope.unit})
    past = choice.past(request.scope)
    table = totals_table(
        request.scope, choice.season, choice.unit, choice.day, choice.layout, choice.mode, choice.tree, past
    )
    context = {
        "choice": choice,
        "unit": choice.unit,
        "table": table,
        "rows": [shown(line, choice, request.scope) for line in table.lines],
        "total": shown(table.total, choice, request.scope) if table.total else None,
        "steps": [*choice.steps(request.scope, choice.unit), ("汇总", "")],
        "tabs": [
            (each.label, choice.url(table=code), code == choice.layout.code)
            for code, each in layouts().items()
        ],
        "modes": [(label, choice.url(mode=code), code == choice.mode) for code, label in MODES.items()],
        "trees": tree_tabs(request.scope, choice),
        "days": days_of(choice),
        "due": due_at(choice.day, choice.cut_off),
        "now": timezone.now(),
        "missing": table.townships - table.filed,
        "missing_url": choice.url(open="townships", of=choice.unit.code) + "#drill" if choice.opens else "",
        "latest_url": choice.url(date=choice.latest.isoformat()),
        "known_url": choice.url(as_of=LATEST),
        "file_query": f"?{urlencode(moment_query(choice.as_of))}" if choice.as_of else "",
        "may_export": choice.opens,
        "may_fold": request.scope.has(Role.CITY_OFFICE, Role.COUNTY_OFFICE),
        "drill": drill(request.scope, choice, request.GET, past),
        "moments": moments(choice, timezone.now()),
        **moment_fields(choice),
    }
    if choice.way == () and choice.tree != MANAGING:
        context["city_url"] = choice.url(unit=choice.round.area.code)
    if choice.opens and choice.as_of is None:  # the marks are the comments of now
        context["pins"] = pinned_cells(request.scope, choice.unit, choice.day)
    if context["drill"]:
        context["pin"] = _pin(request.scope, choice, context["drill"])
        context["drill_steps"] = context["drill"]["steps"]
        context["export_label"] = f"导出这 {context['drill']['count']:,} 个"
    return render(request, "reports/rollup.html", context)


def _pin(scope: "Scope", choice: Choice, opened: dict[str, Any]) -> dict[str, str] | None:
    """What a comment on the opened figure would be written on: only by the office itself, about a unit below it."""
    of = opened.get("of")
    own = of is not None and choice.unit == scope.area and of != choice.unit and of.level < Level.VILLAGE
    if choice.as_of is not None:
        return None  # it would be written on the figure of now
    metric = opened.get("metric")
    return (
        {"of": of.code, "key": metric.key, "date": choice.day.isoformat()} if own and of and metric else None
    )


@dataclass(frozen=True)
class ShownLine:
    """A unit with its door (none where the reader may not go) and its cells with theirs."""

    line: Line
    url: str
    cells: list[tuple[Cell, str, bool]]


def shown(line: Line, choice: Choice, scope: "Scope") -> ShownLine:
    starts = {id(group.columns[0]) for group in choice.layout.groups}
    url = choice.url(unit=line.code)
    if line.level == Level.VILLAGE:
        url = reverse("elections:org", args=[line.code])
        url += f"?{urlencode(moment_query(choice.as_of))}" if choice.as_of else ""
    elif (line.level == Level.TOWNSHIP and not choice.opens) or not line.path.startswith(scope.path):
        url = ""
    cells = [(cell, _door(cell, line, choice), id(cell.column) in starts) for cell in line.cells]
    return ShownLine(line, url, cells)


def _door(cell: Cell, line: Line, choice: Choice) -> str:
    if line.level == Level.VILLAGE or not cell.opens or not choice.opens:
        return ""
    if cell.column.show == "missing":
        return choice.url(open="townships", of=line.code) + "#drill"
    what = "added" if cell.column.show == "change" else ""
    return choice.url(open=cell.column.key, of=line.code, what=what) + "#drill"


def drill(scope: "Scope", choice: Choice, query: Any, past: Past | None) -> dict[str, Any] | None:
    """The rows behind a figure: `open` names it, `of` the unit, `what` which of its parts; None without `open`."""
    key, what = query.get("open", ""), query.get("what", "counted")
    if not key:
        return None
    of = choice.find(scope, query.get("of", choice.unit.code))
    if what not in WHATS or not choice.opens:
        raise Http404
    steps = choice.steps(scope, of)
    ground, townships = choice.ground(of)
    if key == "townships":
        rows = townships_missing(scope, choice.round, ground, choice.day, townships, past)
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
    rows, count = villages_behind(
        scope,
        choice.round,
        ground,
        choice.day,
        key,
        what,
        limit=limit,
        townships=townships,
        moment=choice.as_of,
    )
    label = f"{metric.name}{WHATS[what]} {count:,} 个村(社区)"
    return {
        "kind": "villages",
        "metric": metric,
        "of": of,
        "rows": rows,
        "count": count,
        "steps": [*steps, (label, "")],
        "all_url": choice.url(open=key, of=of.code, what=what, all=1) + "#drill" if count > len(rows) else "",
        "export": {"open": key, "of": of.code, "what": what},
    }


def moments(choice: Choice, now: datetime.datetime, *, compared: bool = False) -> list[tuple[str, str, bool]]:
    """截止时 and 最新; 截止时 once the cut-off of the day has passed; and both beside each other. Others are typed."""
    if not choice.opens:
        return []
    table, beside = replace(choice, route="rollup:table"), replace(choice, route="rollup:comparison")
    cut_off = choice.cut_off_moment
    tabs = [
        ("最新", table.url(as_of=LATEST), not compared and choice.as_of is None),
        ("与公布对照", beside.url(), compared),
    ]
    if cut_off <= now:
        here = not compared and choice.as_of == cut_off
        tabs.insert(0, ("截止时", table.url(as_of=moment_text(cut_off)), here))
    return tabs


def moment_fields(choice: Choice) -> dict[str, str]:
    """What the form of the moment starts from (the cut-off of the day), and what the form of the day keeps of it."""
    cut_off = choice.cut_off_moment
    kept = CUT_OFF if choice.as_of == cut_off else moment_text(choice.as_of)
    return {"moment_text": moment_text(choice.as_of or cut_off), "moment_kept": kept}


def days_of(choice: Choice) -> list[tuple[str, str, bool]]:
    """Days to choose from, the newest first; the last cut-off and the newest are named."""
    first = max(choice.season.first, choice.latest - datetime.timedelta(days=60))
    days = [choice.latest - datetime.timedelta(days=n) for n in range((choice.latest - first).days + 1)]
    names = {choice.latest: "最新", choice.cut_off_day: "截止时"}
    return [(day, names.get(day, ""), day == choice.day) for day in days]


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Start the file of this table as a job: a workbook with a sheet for each unit below, or a .csv (FORMATS)."""
    choice, form = _required(request), request.POST.get("format", "")
    job = start_table_export(
        choice.place,
        table=choice.layout.code,
        mode=choice.mode,
        form=form if form in FORMATS else "xlsx",
        by=request.scope,
    )
    return redirect("jobs:detail", job.pk)


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def export_villages(request: HttpRequest) -> HttpResponse:
    """Start the workbook of exactly the villages behind one figure as a job."""
    choice = _required(request)
    asked = drill(request.scope, choice, request.POST, choice.past(request.scope))
    if asked is None or asked["kind"] != "villages":
        raise Http404
    job = start_villages_export(
        choice.place, asked["metric"], of=asked["of"], what=asked["export"]["what"], by=request.scope
    )
    return redirect("jobs:detail", job.pk)


@allow(Role.CITY_OFFICE, Role.COUNTY_OFFICE)
@gives_way
@require_POST
def fold_now(request: HttpRequest) -> HttpResponse:
    """立即汇总: fold what was filed since, on demand, as a job."""
    job = start_fold(_required(request).round, by=request.scope)
    return redirect("jobs:detail", job.pk)


def _required(request: HttpRequest) -> Choice:
    choice = choice_of(request)
    if choice is None:
        raise Http404
    return choice
