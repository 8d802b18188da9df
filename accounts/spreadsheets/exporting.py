"""Exports of a declared sheet: its rows, or a template with the units filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.spreadsheets.fields import AreaField, ChoiceField, SheetField
from accounts.spreadsheets.layout import Column, Sheet
from accounts.spreadsheets.resources import SheetResource
from accounts.spreadsheets.rows import open_rows
from accounts.spreadsheets.writers import write_workbook


def columns_of(resource: SheetResource) -> list[Column]:
    """The sheet's columns under the headings that its import looks for."""
    columns = []
    for field in resource.sheet_fields.values():
        if isinstance(field, AreaField):
            columns += [
                Column(field.code_heading, width=15),
                Column(field.parent_heading, width=14),
                Column(field.column_name, width=field.width),
            ]
        else:
            kind = {"int": "int", "date": "date", "tenths": "number"}.get(field.kind, "text")
            heading = field.column_name.removeprefix("".join(field.groups))
            columns.append(Column(heading, kind, field.width, field.groups))
    return columns


def paths_of(resource: SheetResource) -> list[str]:
    """ORM paths of the same columns."""
    paths = []
    for field in resource.sheet_fields.values():
        if isinstance(field, AreaField):
            area = field.export_from
            paths += [f"{area}__code", f"{area}__parent__name", f"{area}__name"]
        else:
            paths.append(field.export_from)
    return paths


def rows_of(resource: SheetResource, queryset: QuerySet) -> Iterator[list[Any]]:
    """Rows as users write them (labels, 是/否), streamed."""
    words: list[tuple[int, dict]] = []
    tenths: list[int] = []
    position = 0
    for field in resource.sheet_fields.values():
        if translation := _words(field):
            words.append((position, translation))
        if field.kind == "tenths":
            tenths.append(position)
        position += 3 if isinstance(field, AreaField) else 1
    for row in open_rows(queryset.values_list(*paths_of(resource))):
        values = list(row)
        for n, translation in words:
            values[n] = translation.get(values[n], values[n])
        for n in tenths:
            values[n] = None if values[n] is None else values[n] / 10
        yield values


def _words(field: SheetField) -> dict:
    if isinstance(field, ChoiceField):
        return field.labels
    return {True: "是", False: "否"} if field.kind == "bool" else {}


def sheet_of(resource: SheetResource, rows: Any, scope: Any, said: tuple[str, ...] = ()) -> Sheet:
    """The office head of a declared sheet around `rows`; `said` goes above its own notes."""
    return Sheet(
        name=resource.label,
        columns=columns_of(resource),
        rows=rows,
        title=resource.title or resource.label,
        unit=resource.unit,
        date=timezone.localdate().isoformat(),
        preparer=getattr(scope, "name", ""),
        office=getattr(scope, "office", ""),
        notes=(*said, *resource.notes),
        freeze_columns=3 if resource.area_fields() else 1,
    )


def export_resource(
    resource: SheetResource,
    target: Path | str,
    *,
    scope: Any,
    queryset: QuerySet | None = None,
    export_number: str = "",
    query: Mapping[str, str] | None = None,
) -> Path:
    """Write the rows that `scope` sees to `target`, as a list with the parameters `query` shows them.

    The file says which rows it holds, and can be imported again as it is.
    """
    sheet = resource_sheet(resource, scope=scope, queryset=queryset, query=query)
    sheet.export_number = export_number
    write_workbook(target, [sheet])
    return Path(target)


def resource_sheet(
    resource: SheetResource,
    *,
    scope: Any,
    queryset: QuerySet | None = None,
    query: Mapping[str, str] | None = None,
) -> Sheet:
    """The rows that `scope` sees as a sheet, as a list with the parameters `query` shows them."""
    rows, said = resource.export_rows(scope, query or {}) if queryset is None else (queryset, ())
    return sheet_of(resource, resource.export_lines(rows), scope, said)


def export_template(resource: SheetResource, target: Path | str, *, scope: Any) -> Path:
    """An empty sheet with the headings and, where a column names units, one row for each unit of the scope."""
    from accounts.models import Area  # noqa: PLC0415 - this package is imported before the models

    rows: Iterator[list[Any]] = iter(())
    width = len(columns_of(resource))
    areas = resource.area_fields()
    if areas and next(iter(resource.sheet_fields.values())) is areas[0][1]:
        units = Area.objects.visible_to(scope).filter(level=areas[0][1].level, in_electorate=True)
        named = open_rows(units.order_by("path").values_list("code", "parent__name", "name"))
        rows = ([*unit, *([None] * (width - 3))] for unit in named)
    write_workbook(target, [sheet_of(resource, rows, scope)])
    return Path(target)
