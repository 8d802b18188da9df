"""Down to the villages: the rows behind a total, from the revisions the totals were made of."""

import datetime
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.db import connections

from accounts.choices import Level
from accounts.models import Area
from accounts.querysets import path_end, path_range
from elections.models import Round
from reports import metrics
from reports.models import RollupRow
from reports.queries.as_of import Past
from reports.queries.moved import here, stood_below
from reports.queries.season import below_on_its_day
from reports.queries.settled import settle
from reports.rules.catalogue import STEP_OF
from reports.rules.rollup_layouts import is_date, is_flow

if TYPE_CHECKING:
    from accounts.scope import Scope

# counted: villages that make up the figure; added: whose date is this day; missing: 未报 in a filed report;
# na, unknown: marked so.
What = Literal["counted", "added", "missing", "na", "unknown"]


@dataclass(frozen=True)
class VillageFigure:
    """One village behind a total."""

    code: str
    name: str
    township_code: str
    township: str
    value: int | datetime.date | None
    mark: str
    source_date: datetime.date
    number: int
    path: str


def village_rows(own: RollupRow, moment: datetime.datetime | None = None) -> list[dict[str, Any]]:
    """All figures of the villages of a township's row (of what was filed by `moment`), by code. One query."""
    if own.source_revision_id is None:
        return []
    columns = ", ".join(f'f."{metric.key}"' for metric in metrics.table())
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"SELECT a.code, a.name, f.marks::text, f.extras::text, {columns} FROM reports_dailyfigure f "  # noqa: S608
            "JOIN accounts_area a ON a.id = f.area_id WHERE f.date = %(filed)s AND f.revision_id = %(revision)s "
            f"AND {here('%(day)s', '%(moment)s' if moment else '')} ORDER BY a.code",
            {
                "filed": own.source_date,
                "revision": own.source_revision_id,
                "day": own.date,
                "moment": moment,
            },
        )
        names = ["code", "name", "marks", "extras", *(metric.key for metric in metrics.table())]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["marks"], row["extras"] = json.loads(row["marks"]), json.loads(row["extras"])
    return rows


# Which revision a township's figures of a day are from: as the stored totals say, or the newest of a moment.
_STORED = "reports_rolluprow r"
_KNOWN = """(SELECT DISTINCT ON (k.area_id) k.round_id, k.area_id, k.unit_path, %(day)s::date AS date,
                  k.date AS source_date, k.id AS source_revision_id
             FROM reports_dailyrevision k
            WHERE k.round_id = %(round)s AND k.date <= %(day)s AND k.filed_at <= %(moment)s
            ORDER BY k.area_id, k.date DESC, k.number DESC) r"""

# Where the rows of a county's townships are: below it, and anywhere in the reader's scope where one has moved away.
_WHERE_ALL_STOOD = """(SELECT CASE WHEN EXISTS (SELECT FROM accounts_areaversion v WHERE v.parent_id = %(unit)s)
                   THEN {wide} ELSE {mine} END)"""
_BOUNDS = (("%(low)s", "%(scope_low)s"), ("%(high)s", "%(scope_high)s"))


def villages_behind(
    scope: "Scope",
    round: Round,
    unit: Area,
    day: datetime.date,
    key: str,
    what: What,
    *,
    limit: int | None = None,
    after: str = "",
    townships: list[int] | None = None,
    moment: datetime.datetime | None = None,
) -> tuple[list[VillageFigure], int]:
    """Villages behind the figure `key` of a unit on a day, and how many there are. One query, of a moment two.

    They come from the very revisions the stored totals name, or that were the newest at `moment`, so that the list
    adds up to the figure. `after` is the path of the last village of the page before; the number is that of all pages
    (0 behind the last one). `townships`: only these of the unit's (another tree than the path's).
    """
    if key not in metrics.by_key():
        return [], 0
    if moment is not None:
        settle()
    values: dict[str, Any] = {
        "key": key,
        "round": round.pk,
        "day": day,
        "unit": unit.pk,
        "low": unit.path,
        "high": unit.path_end,
        "scope_low": scope.path,
        "scope_high": path_end(scope.path),
        "limit": limit,
        "townships": townships,
        "after": after,
        "moment": moment,
    }
    with connections["default"].cursor() as cursor:
        cursor.execute(
            _behind(unit, key, what, chosen=townships is not None, past=moment is not None), values
        )
        rows = cursor.fetchall()
    found = [
        VillageFigure(code, name, town_code, town, value, mark or "", source_date, number, path)
        for code, name, town_code, town, value, mark, source_date, number, path, _ in rows
    ]
    return found, rows[0][9] if rows else 0


def _behind(unit: Area, key: str, what: What, *, chosen: bool, past: bool) -> str:
    """The statement of `villages_behind`; `chosen`: of named townships alone, `past`: as of a moment."""
    sources = "r.source_date = r.date AND " if is_flow(key) or what == "added" else ""
    only = "r.area_id = ANY(%(townships)s) AND " if chosen else ""
    low, high = "%(low)s", "%(high)s"
    if unit.level == Level.COUNTY and not chosen:
        only = f"{stood_below('t.id', 't.parent_id', '%(day)s')} AND "
        low, high = (_WHERE_ALL_STOOD.format(mine=mine, wide=wide) for mine, wide in _BOUNDS)
    return f"""
        SELECT * FROM (
        SELECT a.code, a.name, t.code, t.name, f."{key}", f.marks ->> %(key)s, r.source_date, d.number,
               f.unit_path AS path, count(*) OVER ()
          FROM {_KNOWN if past else _STORED}
          JOIN reports_dailyfigure f ON f.date = r.source_date AND f.revision_id = r.source_revision_id
          JOIN reports_dailyrevision d ON d.id = r.source_revision_id
          JOIN accounts_area a ON a.id = f.area_id JOIN accounts_area t ON t.id = f.township_id
         WHERE r.round_id = %(round)s AND r.date = %(day)s AND r.unit_path >= {low} AND r.unit_path < {high}
           AND r.unit_path >= %(scope_low)s AND r.unit_path < %(scope_high)s
           AND {only}{sources}{_condition(key, what)} AND {here("%(day)s", "%(moment)s" if past else "")}
        ) behind WHERE path > %(after)s ORDER BY path LIMIT %(limit)s"""  # noqa: S608


def townships_missing(
    scope: "Scope",
    round: Round,
    unit: Area,
    day: datetime.date,
    townships: list[int] | None = None,
    past: Past | None = None,
) -> list[RollupRow]:
    """Township rows under a unit whose day is not filed; `townships`: only these. One query, of a moment two."""
    if past is not None:
        return [
            row
            for row in past.townships([day])
            if not row.filed
            and (row.area_id in townships if townships is not None else past.stands_below(row, unit))
        ]
    managed = townships is None and unit.level == Level.COUNTY
    rows = (
        RollupRow.objects.visible_to(scope)
        .filter(below_on_its_day(unit) if managed else path_range(unit.path))
        .filter(round=round, date=day, level=Level.TOWNSHIP, filed=0)
        .select_related("area__parent")
        .order_by("unit_path")
    )
    return list(rows if townships is None else rows.filter(area__in=townships))


def _condition(key: str, what: What) -> str:
    if what == "missing":
        step = STEP_OF.get(key)
        reached = f' AND f."{step}" IS NOT NULL' if step else ""
        return f"f.\"{key}\" IS NULL AND NOT f.marks ? '{key}'{reached}"
    if what in ("na", "unknown"):
        return f"f.marks ->> '{key}' = '{what}'"
    if what == "added":
        return f'f."{key}" = r.date'
    return f'f."{key}" IS NOT NULL' if is_date(key) else f'f."{key}" <> 0'
