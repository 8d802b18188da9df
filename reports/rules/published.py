"""A published table as plain data, its digest, and what two of them differ in. Pure functions."""

import datetime
import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

from reports import metrics
from reports.rules.catalogue import as_parameters

VILLAGES: Final = "villages"  # stands for a unit where a table has every village of a file
MOST: Final = 200  # differences kept of one look; a changed tree would name every cell


def frozen(table: Any) -> dict[str, Any]:
    """A table of totals (`reports.queries.rollup.Table`) as it is kept, figures in the order of the columns."""
    return {
        "unit": table.unit.code,
        "name": table.unit.name,
        "title": table.title,
        "columns": [
            " ".join((group.heading, column.heading))
            for group in table.layout.groups
            for column in group.columns
        ],
        "rows": [_line(line) for line in table.lines],
        "total": _line(table.total) if table.total else None,
    }


def frozen_villages(unit: Any, title: str, heading: str, rows: Iterable[Any]) -> dict[str, Any]:
    """The villages behind a figure (`reports.queries.villages.VillageFigure`), a line each, in the shape of a table."""
    return {
        "unit": unit.code,
        "name": unit.name,
        "title": title,
        "columns": [heading, "数据日", "第几稿"],
        "rows": [
            {
                "code": row.code,
                "name": f"{row.township} {row.name}",
                "missing": 0,
                "cells": [
                    _kept(row.value, row.mark or ("" if row.value is not None else "unreported")),
                    _kept(row.source_date),
                    _kept(row.number),
                ],
            }
            for row in rows
        ],
        "total": None,
    }


def _kept(value: Any, mark: str = "") -> list[Any]:
    kind = "date" if isinstance(value, datetime.date) else "int"
    return [_plain(value), mark, 0, [0, 0, 0], 0, kind]


def kept_text(value: str | int | None) -> list[Any]:
    """A word or number of a published table that is no figure of the catalogue; None does not apply."""
    return [
        value,
        "na" if value is None else "",
        0,
        [0, 0, 0],
        0,
        "text" if isinstance(value, str) else "int",
    ]


def sealed_villages(lines: Iterable[Any]) -> dict[str, Any]:
    """Every village of a .csv (`reports.queries.village_lines.VillageLine`) with the digest of its line, as a table.

    The figures themselves would be some megabytes for each file of a city; a line that differs is named by its village.
    """
    return {
        "unit": VILLAGES,
        "name": "逐村",
        "title": "逐村",
        "columns": ["逐村 校验码"],
        "rows": [
            {
                "code": one.code,
                "name": f"{one.township} {one.name}",
                "missing": 0,
                "cells": [kept_text(digest_of(_line(one.line)["cells"])[:16] if one.line else "未报")],
            }
            for one in lines
        ],
        "total": None,
    }


def _line(line: Any) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.name,
        "missing": line.missing,
        "cells": [
            [_plain(cell.value), cell.mark, cell.incomplete, list(cell.gap), cell.moved, cell.kind]
            for cell in line.cells
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return round(value, 6) if isinstance(value, float) else value


def digest_of(*parts: Any) -> str:
    """SHA-256 over JSON with sorted keys and no spaces (`sha256-table-1`)."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def catalogue_digests() -> dict[str, str]:
    """Which figures are declared how, and which checks a report passes: digests of both catalogues."""
    declared = [
        [metric.key, metric.name, metric.group, metric.unit, str(metric.nature), str(metric.kind), metric.sql]
        for metric in metrics.table()
    ]
    return {"metrics": digest_of(declared), "rules": digest_of(as_parameters())}


def differences(before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Figures that two lists of tables do not have in common: {table, unit, name, column, before, after}."""
    found: list[dict[str, Any]] = []
    old, new = ({table["unit"]: table for table in tables} for tables in (before, after))
    for code in sorted(old.keys() | new.keys()):
        was, now = old.get(code, {}), new.get(code, {})
        columns = was.get("columns") or now.get("columns") or []
        lines_was, lines_now = _lines(was), _lines(now)
        for unit in sorted(lines_was.keys() | lines_now.keys()):
            here, there = lines_was.get(unit), lines_now.get(unit)
            facts = {"table": code, "unit": unit, "name": (here or there or {})["name"]}
            if here is None or there is None:
                found.append({**facts, "column": "单位", "before": _has(here), "after": _has(there)})
                continue
            if here["missing"] != there["missing"]:
                found.append(
                    {**facts, "column": "缺报", "before": here["missing"], "after": there["missing"]}
                )
            for column, one, other in zip(columns, here["cells"], there["cells"], strict=False):
                if one != other:
                    found.append({**facts, "column": column, "before": one[0], "after": other[0]})
    return found[:MOST]


def named_as(made: Iterable[dict[str, Any]], kept: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`made` with the names that units had when `kept` was given out: a later new name is no difference."""
    known = {table["unit"]: table for table in kept}
    return [_named(table, known.get(table["unit"], table)) for table in made]


def _named(table: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    names = {code: line["name"] for code, line in _lines(kept).items()}
    rows = [{**line, "name": names.get(line["code"], line["name"])} for line in table["rows"]]
    total = table["total"]
    if total is not None:
        total = {**total, "name": names.get(total["code"], total["name"])}
    return {**table, "name": kept["name"], "title": kept["title"], "rows": rows, "total": total}


def _lines(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    total = [table["total"]] if table.get("total") else []
    return {line["code"]: line for line in (*table.get("rows", ()), *total)}


def _has(line: dict[str, Any] | None) -> str:
    return "无" if line is None else "有"
