"""A report on its way when a past moment is read: each reading of the moment says the same."""

import datetime
import threading
import time

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts.errors import Refusal
from accounts.scope import scoped, system_scoped
from reports.models import DailyRevision
from reports.queries.as_of import Past
from reports.queries.clock import database_now
from reports.queries.season import Season
from reports.queries.settled import settle
from tests.cast import village_codes
from tests.helpers import as_owner
from tests.reports.filed import file_day
from tests.snapshot import superuser

TOWN = "990101001"
TODAY = timezone.localdate()


class Slow:
    """A filing in a thread of its own that stands still between its stamp and its commit."""

    def __init__(self, cast) -> None:
        self.stamped, self.go_on = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._file, args=(cast,))

    def _file(self, cast) -> None:
        try:
            with as_owner(), transaction.atomic(using="owner"):
                figures = {code: {"due": 1, "visits": 4} for code, _, _ in village_codes(TOWN)}
                file_day(cast, TOWN, TODAY, figures)
                self.stamped.set()
                self.go_on.wait(20)
        finally:
            connections.close_all()

    def __enter__(self) -> "Slow":
        self.thread.start()
        assert self.stamped.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self.thread.join(20)


def visits(cast, moment: datetime.datetime) -> int | None:
    with scoped(cast.people["city"]) as scope:
        past = Past(scope, Season((cast.rounds["9901"],)), moment)
        return next(row.visits for row in past.rows(cast.areas["9901"], [TODAY]) if row.level == 2)


def now() -> datetime.datetime:
    with system_scoped("rollup"):
        return database_now()


def test_two_readings_of_one_moment_are_the_same(worker_role, cast):
    """The first reading waits for the report that was stamped before the moment; later ones find it too."""
    with Slow(cast) as slow:
        moment = now()
        first: list[int | None] = []
        reader = threading.Thread(
            target=lambda: (first.append(visits(cast, moment)), connections.close_all())
        )
        reader.start()
        time.sleep(0.5)
        assert first == []
        slow.go_on.set()
        reader.join(20)
    assert [*first, visits(cast, moment)] == [12, 12]


def test_negative_control_without_the_lock_two_readings_differ(worker_role, cast, monkeypatch):
    monkeypatch.setattr("reports.queries.as_of.settle", lambda: None)
    with Slow(cast):
        moment = now()
        first = visits(cast, moment)
    assert (first, visits(cast, moment)) == (None, 12)


def test_the_stamp_is_read_after_the_lock_is_taken(worker_role, cast):
    """A transaction begun before the moment that stamps after it belongs to later moments."""
    begun, go_on = threading.Event(), threading.Event()

    def file() -> None:
        try:
            with as_owner(), transaction.atomic(using="owner"):
                with connections["owner"].cursor() as cursor:
                    cursor.execute("SELECT 1")
                begun.set()
                go_on.wait(20)
                file_day(
                    cast, TOWN, TODAY, {code: {"due": 1, "visits": 4} for code, _, _ in village_codes(TOWN)}
                )
        finally:
            connections.close_all()

    thread = threading.Thread(target=file)
    thread.start()
    assert begun.wait(20)
    moment = now()
    assert visits(cast, moment) is None
    go_on.set()
    thread.join(20)
    assert DailyRevision.objects.using("owner").get().filed_at > moment
    assert visits(cast, moment) is None


def test_a_report_that_does_not_end_is_told_instead_of_waited_for(worker_role, cast):
    with Slow(cast), scoped(cast.people["city"]), connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(Refusal) as refused:
            settle()
    assert refused.value.code == "moment_not_settled"


def test_who_files_does_not_wait_for_the_reader(worker_role, cast):
    """The reader's lock is given back with the statement that took it."""
    with scoped(cast.people["city"]):
        settle()
        connection = superuser()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1297036622"
            )
            assert cursor.fetchone()[0] == 0
        connection.close()
