"""Step 2 of the wizard, 对列: which column is what."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.doors import allow_all
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets import engine
from accounts.spreadsheets.codes import column_letters
from accounts.spreadsheets.headings import Heading, cell_value
from accounts.spreadsheets.registry import Registered
from accounts.spreadsheets.resources import SheetResource
from accounts.spreadsheets.uploads import start_check
from accounts.views.import_doors import STEPS, desk_of, entry_of


def columns_page(
    request: HttpRequest,
    context: dict,
    entry: Registered,
    desk: desks.Desk,
    problems: list[str] | None = None,
) -> HttpResponse:
    """The page of step 2; with `problems` it was answered and could not be taken."""
    reading = desk.reading()
    resource = entry.resource_class()
    context |= {
        "current": 2,
        "problems": problems or [],
        "sheets": [
            {
                "name": reading.name(number) or desk.filename,
                "note": f"表头在第 {heading.last_row} 行",
                "warnings": [
                    *(f"没有找到“{name}”。" for name in heading.missing),
                    *(f"有两列“{name}”，请选一列。" for name in heading.duplicate),
                ],
                "columns": _column_rows(number, heading, reading, resource),
            }
            for number, heading in reading.headings.items()
        ],
    }
    return render(request, "accounts/import_columns.html", context, status=400 if problems else 200)


def _column_rows(number: int, heading: Heading, reading, resource: SheetResource) -> list[dict]:
    sheet = reading.book.sheets[number]
    samples = [cells for row, cells in reading.book.head(sheet) if row >= heading.data_row][:3]
    by_column = {col: key for key, col in heading.matched.items()}
    options = [(w.key, w.heading) for w in resource.wanted()]
    return [
        {
            "field": f"s{number}c{col}",
            "letters": column_letters(col),
            "heading": text,
            "samples": "、".join(
                masked(value)
                for cells in samples
                if len(cells) >= col and (value := cell_value(cells[col - 1]))
            ),
            "options": [(key, label, key == by_column.get(col)) for key, label in options],
            "decided": col in by_column,
        }
        for col, text in sorted(heading.columns.items())
    ]


PERSONAL_NUMBER = re.compile(r"(?<!\d)(?:\d{11,14}(?=\d{3}[\dXx](?!\d))|1[3-9]\d{5}(?=\d{4}(?!\d)))")


def masked(text: str) -> str:
    """A sample with identity and mobile numbers reduced to their last four characters."""
    return PERSONAL_NUMBER.sub(lambda found: "*" * len(found[0]), text)


@allow_all
@require_POST
def import_columns(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Step 2 answered: which column is what; a column may be left out on purpose."""
    entry = entry_of(request, name)
    desk = desk_of(request, entry, token)
    if desk.check_job is not None:
        return redirect("imports:desk", name, token)
    reading, resource = desk.reading(), entry.resource_class()
    labels = {w.key: w for w in resource.wanted()}
    problems: list[str] = []
    for number, heading in reading.headings.items():
        chosen: dict[str, int] = {}
        for col in heading.columns:
            key = request.POST.get(f"s{number}c{col}", "")
            if key in chosen:
                problems.append(
                    f"“{labels[key].heading}”选了两列：{column_letters(chosen[key])} 和 {column_letters(col)}。"
                )
            elif key in labels:
                chosen[key] = col
        heading.matched, heading.unknown, heading.duplicate = chosen, {}, []
        heading.missing = [w.heading for w in labels.values() if w.required and w.key not in chosen]
        engine.require_unit(resource, heading)
        problems += [f"还没有选“{missing}”是哪一列。" for missing in heading.missing]
    if problems:
        context = {"entry": entry, "desk": desk, "steps": STEPS}
        return columns_page(request, context, entry, desk, problems)
    desk.keep_reading(reading.book, reading.headings)
    start_check(entry, desk, by=request.scope)
    return redirect("imports:desk", name, token)
