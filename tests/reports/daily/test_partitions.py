"""Months of the filed figures are made ahead, closed to everybody but through their parent."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.jobs import runner, start_system_job
from reports.partition_tasks import months_ahead
from tests.accounts.audit.lab import connect
from tests.accounts.jobs.conftest import effects, look, worker  # noqa: F401

TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("spans", "months"),
    [
        ([], []),
        ([(dt.date(2026, 11, 1), dt.date(2026, 11, 30))], ["11"]),
        ([(dt.date(2026, 11, 1), dt.date(2027, 6, 30))], ["11", "12", "01"]),
        ([(dt.date(2026, 12, 31), dt.date(2027, 1, 1))], ["12", "01"]),
        ([(dt.date(2027, 1, 23), dt.date(2027, 3, 1))], ["01"]),
        ([(dt.date(2027, 2, 1), dt.date(2027, 3, 1))], []),
        ([(dt.date(2026, 1, 1), dt.date(2026, 11, 21))], ["11"]),
        ([(dt.date(2026, 1, 1), dt.date(2026, 10, 31))], []),
        ([(dt.date(2026, 11, 1), dt.date(2026, 11, 30))] * 3, ["11"]),
    ],
)
def test_the_coming_months_of_every_round(spans, months):
    assert [f"{month:%m}" for month in months_ahead(spans, TODAY)] == months


def test_the_job_makes_them_once_and_closed(worker, cast, look):  # noqa: F811
    first = start_system_job("figures.partitions", "a", system_scope="rollup")
    assert runner.run(first) == "done"
    second = start_system_job("figures.partitions", "b", system_scope="rollup")
    assert runner.run(second) == "done"
    assert look("SELECT message FROM accounts_job WHERE id = %s", second) == [("新建 0 个月",)]
    partitions = look(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'reports_dailyfigure'::regclass"
    )
    assert [name for name, closed in partitions if not closed] == []
    with connections["default"].cursor() as cursor:
        for name, _ in partitions:
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [f"public.{name}"])
            assert cursor.fetchone() == (False,)


def test_two_first_filings_of_an_old_month_make_it_once(committed):
    """Both find it missing, the second waits for the first: it must not stumble over what was made meanwhile."""
    make = "SELECT daily_figure_partition(date '2031-03-05')"
    first, second = connect(), connect()
    with first.cursor() as one, second.cursor() as two, ThreadPoolExecutor(1) as pool:
        one.execute(make)
        two.execute("SELECT to_regclass('public.reports_dailyfigure_203103')")
        waiting = pool.submit(two.execute, make)
        time.sleep(0.3)
        first.commit()
        waiting.result(10)
        assert two.fetchone() == (False,)
        second.rollback()
    for connection in (first, second):
        connection.close()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE reports_dailyfigure_203103")
