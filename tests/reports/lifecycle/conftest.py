"""A county's day in the cast: 岭下街道 and 上坡镇 of 东塘区, and what each office does to it."""

from __future__ import annotations

import datetime

import pytest

from accounts import audit
from accounts.scope import scoped
from reports.actions import county_openings, forwarding, lifecycle
from reports.actions.corrections import answer_correction, request_correction
from reports.actions.drafts import confirm_carried, fill_zeros
from reports.actions.filing import file_day
from reports.models import CountyDay, CountyForward, CutOff, DailyRevision, DailySheet
from reports.queries.clock import database_now
from reports.rules.days import local_day
from tests.helpers import as_owner
from tests.reports.daily.conftest import Day
from tests.snapshot import superuser

TOWN, SIBLING, COUNTY = "990101001", "990101102", "990101"
OFFICE = {TOWN: "town", SIBLING: "sibling_town"}
HOUR = datetime.timedelta(hours=1)


def owned(model):
    return model.objects.using("owner")


class TownDay(Day):
    """The day of either township."""

    def __init__(self, cast, date: datetime.date, code: str = TOWN) -> None:
        super().__init__(cast, date)
        self.code, self.township = code, cast.areas[code]
        self.person = getattr(cast, OFFICE[code])

    def fill(self) -> None:
        with scoped(self.person) as by:
            fill_zeros(*self.where, by=by)
            confirm_carried(*self.where, by=by)

    def file(self, version: int = 0):
        with scoped(self.person) as by:
            return file_day(*self.where, version=version or self.version, by=by)

    def ask(self, reason: str = "录入串行"):
        with scoped(self.person) as by:
            return request_correction(*self.where, reason=reason, by=by)

    def answer(self, *, consent: bool, by: str = "county", answer: str = "不同意"):
        with scoped(getattr(self.cast, by)) as scope:
            return answer_correction(*self.where, consent=consent, answer=answer, by=scope)

    def send_back(self, reason: str = "走访户次与台账不符", *, by: str = "county", version: int = 0):
        with scoped(getattr(self.cast, by)) as scope:
            return lifecycle.return_day(*self.where, version=version or self.version, reason=reason, by=scope)

    def reopen(
        self,
        ends_at: datetime.datetime | None = None,
        *,
        by: str = "county",
        reason: str = "补登一村",
        version: int = 0,
    ):
        with scoped(getattr(self.cast, by)) as scope:
            ends_at = ends_at or database_now() + HOUR
            return lifecycle.reopen_day(
                *self.where,
                version=version or self.version,
                reason=reason,
                ends_at=ends_at,
                by=scope,
            )

    def recall(self, *, by: str = "county", reason: str = "退回有误", version: int = 0):
        with scoped(getattr(self.cast, by)) as scope:
            return lifecycle.recall_day(*self.where, version=version or self.version, reason=reason, by=scope)

    @property
    def sheet(self) -> DailySheet:
        return owned(DailySheet).get(area=self.township, date=self.date)

    @property
    def version(self) -> int:
        found = owned(DailySheet).filter(area=self.township, date=self.date).first()
        return found.version if found else 1

    @property
    def state(self) -> str:
        return self.sheet.state

    def revisions(self) -> list[int]:
        rows = owned(DailyRevision).filter(area=self.township, date=self.date)
        return list(rows.order_by("number").values_list("number", flat=True))


class CountyStage:
    """东塘区 on one day: `town` and `sibling` are its townships."""

    def __init__(self, cast, date: datetime.date) -> None:
        self.cast, self.date = cast, date
        self.round, self.county = cast.rounds["9901"], cast.areas[COUNTY]
        self.town, self.sibling = TownDay(cast, date), TownDay(cast, date, SIBLING)

    @property
    def where(self) -> tuple:
        return self.round, self.county, self.date

    @property
    def day(self) -> CountyDay | None:
        return owned(CountyDay).filter(area=self.county, date=self.date).first()

    @property
    def version(self) -> int:
        return self.day.version if self.day else 1

    def file_both(self) -> None:
        for township in (self.town, self.sibling):
            township.fill()
            township.file()

    def forward(self, *, by: str = "county", version: int = 0, reasons: dict[str, str] | None = None):
        with scoped(getattr(self.cast, by)) as scope:
            return forwarding.forward_day(
                *self.where, version=version or self.version, reasons=reasons, by=scope
            )

    def send_back(self, reason: str = "两镇合计与上日相差过大", *, by: str = "city", version: int = 0):
        with scoped(getattr(self.cast, by)) as scope:
            return county_openings.return_county_day(
                *self.where, version=version or self.version, reason=reason, by=scope
            )

    def reopen(self, ends_at: datetime.datetime | None = None, *, by: str = "city", version: int = 0):
        with scoped(getattr(self.cast, by)) as scope:
            ends_at = ends_at or database_now() + 2 * HOUR
            return county_openings.reopen_county_day(
                *self.where,
                version=version or self.version,
                reason="岭下街道漏登一村",
                ends_at=ends_at,
                by=scope,
            )

    def forwards(self) -> list[CountyForward]:
        return list(owned(CountyForward).filter(area=self.county, date=self.date).order_by("number"))


def set_cut_off(cast, level: int, at: datetime.time) -> None:
    with as_owner():
        owned(CutOff).update_or_create(
            round=cast.rounds["9901"], area=cast.areas["9901"], level=level, defaults={"at": at}
        )


def insert_as(person, act: str, row) -> None:
    """Write a row past the actions, in the scope of a person, with an open act."""
    with scoped(person) as by:
        audit.act(by, act)
        type(row).objects.bulk_create([row])


def end_now(row) -> None:
    """Let an opening run out a second ago, as if the time had passed."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {row._meta.db_table} SET open_until = clock_timestamp() - interval '1 second' WHERE id = %s",
                [row.pk],
            )
    finally:
        connection.close()


@pytest.fixture
def yesterday(committed) -> datetime.date:
    """A reporting day whose cut-offs have passed whatever the hour."""
    return local_day(database_now()) - datetime.timedelta(days=1)


@pytest.fixture
def stage(cast, yesterday) -> CountyStage:
    return CountyStage(cast, yesterday)
