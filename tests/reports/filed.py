"""Filed reports for tests, written by the owner without the screens between."""

from __future__ import annotations

import datetime

from django.db import connections

from reports.models import CorrectionRequest, DailyFigure, DailyRevision, DailySheet, DirtyMark
from tests.helpers import as_owner


def file_day(
    cast,
    town: str,
    date: datetime.date,
    figures: dict[str, dict],
    *,
    number: int = 1,
    late: bool = False,
    changes: tuple[dict, ...] = (),
):
    """File `figures` (village code → column values) of a township's day; returns the revision."""
    round = cast.rounds["9901"]
    township = cast.areas[town]
    person = next(p for p in cast.people.values() if p.area_id == township.pk and p.role == "township")
    with as_owner(), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT daily_figure_partition(%s)", [date])
        sheet, _ = DailySheet.objects.using("owner").get_or_create(
            round=round,
            area=township,
            date=date,
            defaults={
                "state": "filed",
                "revisions": 1,
                "version": 2,
                "first_filed_at": datetime.datetime.now(datetime.UTC),
            },
        )
        consent = {}
        if number > 1:
            consent = _consent(cast, sheet, person)
        revision = DailyRevision.objects.using("owner").create(
            round=round,
            area=township,
            date=date,
            number=number,
            sheet_version=number,
            filed_by=person,
            filed_by_name=person.holder_name,
            filed_by_office=person.office_name,
            due_at=datetime.datetime(2000 if late else 2100, 1, 1, tzinfo=datetime.UTC),
            villages=len(figures),
            figures=0,
            digest="0" * 64,
            changes=list(changes),
            **consent,
        )
        for code, values in figures.items():
            DailyFigure.objects.using("owner").create(
                revision=revision, area=cast.areas[code], township=township, round=round, date=date, **values
            )
        DirtyMark.objects.using("owner").create(round=round, area=township, date=date, revision=revision)
    return revision


def _consent(cast, sheet, person) -> dict:
    county = cast.people["county" if person.unit_path.startswith("99/9901/990101/") else "other_county"]
    request = CorrectionRequest.objects.using("owner").create(
        sheet=sheet,
        area=sheet.area,
        date=sheet.date,
        revision_number=1,
        reason="数字填错",
        asked_by=person,
        asked_by_name=person.holder_name,
        decision="consented",
        decided_by=county,
        decided_by_name=county.holder_name,
        decided_at=datetime.datetime.now(datetime.UTC),
    )
    return {
        "request": request,
        "reason": "数字填错",
        "consented_by": county,
        "consented_by_name": county.holder_name,
    }
