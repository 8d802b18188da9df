"""Step 2 of the wizard, 对列: which column is what."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.doors import allow_all
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.codes import column_letters
from accounts.spreadsheets.headings import Heading, cell_value
from accounts.spreadsheets.registry import Registered
from accounts.spreadsheets.resources import SheetResource
from accounts.spreadsheets.uploads import choose_columns
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
    try:
        choose_columns(entry, desk, request.POST.dict(), by=request.scope)
    except ValidationError as refusal:
        context = {"entry": entry, "desk": desk, "steps": STEPS}
        return columns_page(request, context, entry, desk, refusal.messages)
    return redirect("imports:desk", name, token)
