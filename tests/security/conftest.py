"""Rows in every tenant table, so that there is something to hide and something to point at."""

from __future__ import annotations

import datetime

import pytest
from django.db import connections

from accounts.choices import Role
from reports.models import (
    CorrectionRequest,
    CutOff,
    DailyDraft,
    DailyFigure,
    DailyRevision,
    DailySheet,
    DirtyMark,
    LocalMetric,
    RollupRow,
)
from tests.cast import VILLAGES, Cast, village_codes
from tests.helpers import as_owner


@pytest.fixture
def filled(committed, cast) -> Cast:
    """The cast, with a committed row of every township (or city) in each table. A new table gets its row here."""
    with as_owner():
        for city in ("9901", "9902"):
            seat_report_settings(cast, city)
        for township in VILLAGES:
            seat_report(cast, township)
    return cast


def seat_report_settings(cast: Cast, city: str) -> None:
    """A cut-off as by default, and an item of the city's own that is asked for on no day of the tests."""
    round = cast.rounds[city]
    CutOff.objects.using("owner").create(round=round, area=round.area, level=4, at=datetime.time(17))
    LocalMetric.objects.using("owner").create(
        round=round,
        area=round.area,
        key="x_seat",
        name="占位项目",
        unit="个",
        nature="stock",
        valid_from=datetime.date(2000, 1, 1),
        valid_to=datetime.date(2000, 1, 2),
    )


def seat_report(cast: Cast, township: str) -> None:
    """A row in each table of the reports, on the last reporting day, which no test reaches: rows for T04 to hide."""
    area, round = cast.areas[township], cast.rounds[township[:4]]
    village = cast.areas[village_codes(township)[0][0]]
    person = next(p for p in cast.people.values() if p.area_id == area.pk and p.role == Role.TOWNSHIP)
    day = {"round": round, "date": round.reporting_to}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT daily_figure_partition(%s)", [round.reporting_to])
    sheet = DailySheet.objects.using("owner").create(
        **day,
        area=area,
        state="correction_requested",
        version=2,
        revisions=1,
        first_filed_at=datetime.datetime.now(datetime.UTC),
    )
    revision = DailyRevision.objects.using("owner").create(
        **day,
        area=area,
        number=1,
        sheet_version=1,
        filed_by=person,
        filed_by_name=person.holder_name,
        filed_by_office=person.office_name,
        due_at=datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC),
        villages=1,
        figures=1,
        digest="0" * 64,
    )
    DailyFigure.objects.using("owner").create(**day, revision=revision, area=village, township=area, visits=1)
    DailyDraft.objects.using("owner").create(**day, area=village, township=area, values={"visits": 1})
    DirtyMark.objects.using("owner").create(**day, area=area, revision=revision)
    CorrectionRequest.objects.using("owner").create(
        sheet=sheet,
        area=area,
        date=round.reporting_to,
        revision_number=1,
        reason="占位",
        asked_by=person,
        asked_by_name=person.holder_name,
    )
    RollupRow.objects.using("owner").create(
        **day, year=round.year, area=area, level=4, unit_path=area.path, townships=1, filed=1
    )
