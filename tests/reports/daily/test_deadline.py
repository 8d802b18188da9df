"""T30: on time is decided by the database's clock alone."""

import datetime
import time

import pytest
import time_machine
from django.db import connections

from accounts.scope import scoped
from reports.choices import Timeliness
from reports.models import CutOff, DailyRevision
from reports.queries.settings import in_force_for
from reports.rules.timing import SHANGHAI, due_at, in_words, timeliness
from tests.helpers import as_owner

DUE = datetime.datetime(2026, 12, 18, 17, 0, tzinfo=SHANGHAI)
TICK = datetime.timedelta(microseconds=1)


def judged(filed=None, now=DUE, asked=True):
    return timeliness(asked=asked, filed_at=filed, due=DUE, now=now)


def test_the_cut_off_itself_is_on_time_and_the_next_microsecond_late():
    assert [judged(DUE - TICK), judged(DUE), judged(DUE + TICK)] == ["on_time", "on_time", "late"]


def test_nothing_is_missing_before_the_cut_off_has_passed():
    assert [judged(now=DUE), judged(now=DUE + TICK)] == [Timeliness.NOT_DUE, Timeliness.MISSING]


def test_a_day_nobody_asks_for_is_never_missing():
    assert judged(now=DUE + TICK, asked=False) == Timeliness.NOT_ASKED


def test_a_day_is_a_day_of_shanghai():
    assert due_at(datetime.date(2026, 12, 18), datetime.time(17)) == datetime.datetime(
        2026, 12, 18, 9, 0, tzinfo=datetime.UTC
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(30, "不到 1分"), (60, "1分"), (3600, "1小时"), (93600, "1天 2小时"), (86400 + 60, "1天 1分")],
)
def test_a_span_has_two_units_at_most(seconds, words):
    assert in_words(seconds) == words


def database_time() -> datetime.datetime:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_skewed_application_clock_changes_nothing(day, skew):
    day.fill()
    with time_machine.travel(
        datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=skew), tick=True
    ):
        before = database_time()
        day.file()
        after = database_time()
    revision = DailyRevision.objects.using("owner").get()
    assert before <= revision.filed_at <= after
    assert revision.late == (revision.filed_at > revision.due_at)


def test_a_time_sent_by_the_application_is_overwritten(day):
    day.fill()
    day.file()
    revision = DailyRevision.objects.using("owner").get()
    claimed = revision.filed_at - datetime.timedelta(days=3)
    with as_owner():
        DailyRevision.objects.using("owner").bulk_create(
            [
                DailyRevision(
                    round_id=revision.round_id,
                    area_id=day.cast.areas["990101102"].pk,
                    date=day.date,
                    number=1,
                    sheet_version=1,
                    filed_by_id=day.cast.sibling_town.pk,
                    filed_at=claimed,
                    due_at=revision.due_at,
                    villages=1,
                    figures=1,
                    digest=revision.digest,
                )
            ]
        )
    stored = DailyRevision.objects.using("owner").get(area__code="990101102")
    assert stored.filed_at > revision.filed_at


def test_sixty_filings_around_the_cut_off_agree_with_the_stored_moment(day):
    """Cut-offs from 30 s ago to 30 s ahead, one filing each: late exactly when stored after its own cut-off."""
    day.fill()
    day.file()
    made = DailyRevision.objects.using("owner").get()
    now = database_time()
    rows = []
    for offset in range(-30, 30):
        rows.append(
            DailyRevision(
                round_id=made.round_id,
                area_id=day.cast.areas["990101102"].pk,
                date=day.date - datetime.timedelta(days=offset + 31),
                number=1,
                sheet_version=1,
                filed_by_id=day.cast.sibling_town.pk,
                due_at=now + datetime.timedelta(seconds=offset, milliseconds=500),
                villages=1,
                figures=1,
                digest=made.digest,
            )
        )
    with as_owner():
        DailyRevision.objects.using("owner").bulk_create(rows)
    stored = DailyRevision.objects.using("owner").filter(area__code="990101102")
    assert [row.late for row in stored] == [row.filed_at > row.due_at for row in stored]
    assert {row.late for row in stored} == {True, False}


@pytest.mark.long
def test_three_thousand_filings_from_two_seconds_before_to_two_after(day):
    """One cut-off, filings from every side of it, an application clock an hour wrong: the stored moment decides alone."""
    day.fill()
    day.file()
    made = DailyRevision.objects.using("owner").get()
    due, batches = database_time() + datetime.timedelta(seconds=2), 60
    for batch in range(batches):
        ends = due + datetime.timedelta(seconds=4 * (batch + 1) / batches - 2)
        rows = [
            DailyRevision(
                round_id=made.round_id,
                area_id=day.cast.areas["990101102"].pk,
                date=day.date - datetime.timedelta(days=batch * 50 + n + 1),
                number=1,
                sheet_version=1,
                filed_by_id=day.cast.sibling_town.pk,
                filed_at=ends - datetime.timedelta(hours=1),
                due_at=due,
                villages=1,
                figures=1,
                digest=made.digest,
            )
            for n in range(50)
        ]
        with as_owner():
            DailyRevision.objects.using("owner").bulk_create(rows)
        time.sleep(max(0.0, (ends - database_time()).total_seconds()))
    stored = list(DailyRevision.objects.using("owner").filter(area__code="990101102"))
    assert len(stored) == 3_000
    assert [row.late for row in stored] == [row.filed_at > row.due_at for row in stored]
    assert {row.late for row in stored} == {True, False}
    assert [row.pk for row in stored if row.filed_at < due - datetime.timedelta(seconds=60)] == []


def test_a_city_sets_its_own_cut_off(day):
    with as_owner():
        CutOff.objects.using("owner").create(
            round_id=day.round.pk, area_id=day.round.area_id, level=4, at=datetime.time(16, 30)
        )
    with scoped(day.cast.town):
        assert in_force_for(day.township).cut_offs == {4: datetime.time(16, 30), 3: datetime.time(18, 0)}
