"""点评统计: the counts equal those of plain SQL, each opens the list of exactly its comments, and go out as a workbook."""

import datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.jobs import runner
from accounts.scope import scoped
from reports.actions import comment_replies
from reports.actions.comment_sending import send_comment
from reports.models import Comment
from reports.queries.clock import database_now
from reports.queries.comment_counts import COUNTED, WAYS, Counting, comment_counts
from reports.views.comment_counts import _cells
from tests.accounts.spreadsheets.conftest import as_worker
from tests.helpers import as_owner
from tests.reports.comments.conftest import TOWN

MISSING, COUNTY = "990101102", "990101"
SQL = """
    SELECT count(*), count(acknowledged_at), count(replied_at), count(closed_at),
           count(*) FILTER (WHERE due_at < %s AND state IN ('sent', 'acknowledged', 'asked_again'))
    FROM reports_comment WHERE sent_at IS NOT NULL AND unit_path LIKE %s AND date BETWEEN %s AND %s
"""


@pytest.fixture
def counted(drafted):
    """City to 东塘区: closed. County to 岭下街道: acknowledged; to 上坡镇: sent as a bulletin and overdue."""
    for key, code, more in (
        ("city", COUNTY, {}),
        ("county", TOWN, {}),
        ("county", MISSING, {"channel": "bulletin"}),
    ):
        comment = drafted.to(code)
        with scoped(getattr(drafted.cast, key)) as by:
            send_comment(comment.pk, by=by, version=comment.version, **more)
    with scoped(drafted.cast.town) as by:
        comment_replies.acknowledge(drafted.to(TOWN).pk, by=by)
    with scoped(drafted.cast.county) as by:
        comment_replies.reply(drafted.to(COUNTY).pk, text="已办", by=by)
    with scoped(drafted.cast.city) as by:
        comment_replies.close(drafted.to(COUNTY).pk, text="可以", by=by)
    ago = database_now() - datetime.timedelta(hours=1)
    with as_owner():
        Comment.objects.using("owner").filter(pk=drafted.to(MISSING).pk).update(due_at=ago)
    return drafted


def table_of(counted, key: str, code: str, **asked):
    with scoped(getattr(counted.cast, key)) as by:
        return comment_counts(by, Counting(counted.cast.areas[code], **asked), database_now())


def in_sql(path: str, first: datetime.date, last: datetime.date) -> tuple[int, ...]:
    with as_owner(), connections["owner"].cursor() as cursor:
        cursor.execute(SQL, [database_now(), f"{path}%", first, last])
        return cursor.fetchone()


def lines(table) -> dict[tuple[str, str], tuple[int, ...]]:
    return {(line.step, line.key): tuple(line.counts.values()) for line in table.lines}


@pytest.mark.parametrize("by", WAYS)
def test_the_total_is_that_of_plain_sql_whatever_a_line_stands_for(counted, by):
    city = counted.cast.areas["9901"]
    table = table_of(counted, "city", "9901", by=by)
    assert tuple(table.total.values()) == in_sql(city.path, counted.day, counted.day) == (3, 2, 1, 1, 1)
    sums = {step.step: tuple(step.counts.values()) for step in table.steps}
    assert sums == {"2-3": (1, 1, 1, 1, 0), "3-4": (2, 1, 0, 0, 1)}


def test_lines_of_each_way(counted):
    day = counted.day.isoformat()
    assert {by: lines(table_of(counted, "city", "9901", by=by)) for by in WAYS} == {
        "sender": {("2-3", "9901"): (1, 1, 1, 1, 0), ("3-4", COUNTY): (2, 1, 0, 0, 1)},
        "recipient": {
            ("2-3", COUNTY): (1, 1, 1, 1, 0), ("3-4", TOWN): (1, 1, 0, 0, 0), ("3-4", MISSING): (1, 0, 0, 0, 1),
        },
        "channel": {
            ("2-3", "letter"): (1, 1, 1, 1, 0), ("3-4", "bulletin"): (1, 0, 0, 0, 1),
            ("3-4", "letter"): (1, 1, 0, 0, 0),
        },
        "day": {("2-3", day): (1, 1, 1, 1, 0), ("3-4", day): (2, 1, 0, 0, 1)},
    }  # fmt: skip


def test_a_period_holds_both_its_days(counted):
    path, one = counted.cast.areas["9901"].path, datetime.timedelta(days=1)
    for first, last, sent in (
        (counted.day, counted.day, 3), (counted.day + one, counted.day + one, 0), (counted.day - one, counted.day - one, 0)
    ):  # fmt: skip
        table = table_of(counted, "city", "9901", first=first, last=last)
        assert (table.total["sent"], in_sql(path, first, last)[0]) == (sent, sent)
    assert table_of(counted, "city", "9901", channel="bulletin").total["sent"] == 1


def test_a_unit_counts_what_it_received_and_nothing_of_its_siblings(counted):
    assert lines(table_of(counted, "county", COUNTY)) == {
        ("2-3", "9901"): (1, 1, 1, 1, 0),
        ("3-4", COUNTY): (2, 1, 0, 0, 1),
    }
    assert lines(table_of(counted, "town", TOWN)) == {("3-4", COUNTY): (1, 1, 0, 0, 0)}
    assert table_of(counted, "other_city", "9902").lines == []


@pytest.mark.parametrize(("key", "code"), [("city", "9901"), ("county", COUNTY), ("town", TOWN)])
def test_every_figure_opens_the_list_of_its_comments(counted, client_of, key, code):
    client = client_of(key)
    figures = set()  # the totals of a step lead to the same list whatever a line stands for
    for by in WAYS:
        wanted = Counting(counted.cast.areas[code], by, counted.day, counted.day)
        table = table_of(counted, key, code, by=by, first=counted.day, last=counted.day)
        for line in (*table.steps, *table.lines):
            figures |= set(_cells(line, wanted))
    for value, url in figures:
        answer = client.get(url)
        assert (answer.status_code, len(answer.context["rows"])) == (200, value), url


def test_the_number_of_queries_does_not_grow_with_the_lines(counted):
    taken = []
    for by in WAYS:
        with scoped(counted.cast.city) as scope:
            unit = counted.cast.areas["9901"]
            with CaptureQueriesContext(connections["default"]) as queries:
                comment_counts(scope, Counting(unit, by), database_now())
        taken.append(len(queries) - 1)  # the clock of the database
    assert taken == [2, 2, 1, 1]


def test_page_and_api_say_the_same(counted, client_of):
    client = client_of("city")
    page = client.get("/reports/comments/counts/?by=recipient")
    answer = client.get("/api/v1/comments/counts/?by=recipient").json()
    assert answer["total"] == page.context["table"].total == dict(zip(COUNTED, (3, 2, 1, 1, 1), strict=True))
    assert [line["key"] for line in answer["lines"]] == [COUNTY, TOWN, MISSING]
    assert client.get("/reports/comments/counts/?by=age").status_code == 404
    assert client.get("/reports/comments/counts/?from=gestern").status_code == 404
    assert client.get("/reports/comments/counts/?unit=9902").status_code == 404


def test_the_workbook_holds_every_way_of_counting(counted, client_of, settings, tmp_path):
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path
    answer = client_of("city").post(f"/reports/comments/counts/export/?from={counted.day}")
    with as_worker():
        assert runner.run(int(answer["Location"].rstrip("/").rsplit("/", 1)[1])) == "done"
    [path] = settings.RESULTS_DIR.glob("*.xlsx")
    book = load_workbook(path)
    assert book.sheetnames == ["按发出单位", "按收到单位", "按方式", "按数据日"]
    rows = [[cell.value for cell in row] for row in book["按收到单位"]]
    assert ["市→县", "东塘区", 1, 1, 1, 1, 0] in rows
    assert ["县→乡镇", "上坡镇", 1, 0, 0, 0, 1] in rows
