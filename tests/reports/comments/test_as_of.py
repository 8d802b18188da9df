"""Comments as of any moment: each change keeps what it replaced, and lists, counts, pages and workbooks read it."""

import datetime

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts import audit
from accounts.jobs import runner
from accounts.scope import scoped, system_scoped
from reports import audit_types
from reports.actions.comment_replies import acknowledge, ask_again, close, escalate, reply
from reports.actions.comment_sending import send_comment
from reports.actions.comments import skip_comment
from reports.models import Comment, CommentThen, CommentVersion
from reports.queries.comment_counts import Counting, comment_counts
from reports.queries.comments import Wanted, comments_of, list_page, list_rows
from reports.queries.comments_known import LOST
from tests.accounts.spreadsheets.conftest import as_worker
from tests.reports.comments.conftest import TOWN
from tests.security.roles import connected_as

COUNTY = "990101"


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def text_of(moment: datetime.datetime) -> str:
    return timezone.localtime(moment).replace(tzinfo=None).isoformat()


class Course:
    """One comment from county to township through its whole course; `at` holds the moment after each step."""

    def __init__(self, cast, comment: Comment) -> None:
        self.cast, self.comment = cast, comment
        self.at: dict[str, datetime.datetime] = {"draft": now()}

    def step(self, name: str, key: str, act, **facts) -> None:
        with scoped(getattr(self.cast, key)) as by:
            act(self.comment.pk, by=by, **facts)
        self.at[name] = now()


@pytest.fixture
def course(drafted, cast) -> Course:
    made = Course(cast, drafted.to(TOWN))
    made.step("sent", "county", send_comment, version=made.comment.version)
    made.step("acknowledged", "town", acknowledge)
    made.step("replied", "town", reply, text="已补报")
    made.step("asked_again", "county", ask_again, text="还有哪几个村")
    made.step("replied again", "town", reply, text="都已补报")
    made.step("closed", "county", close, text="已补报")
    return made


def wanted(course: Course, moment: datetime.datetime | None, box: str = "out", **facts) -> Wanted:
    unit = course.cast.areas[COUNTY if box == "out" else TOWN]
    return Wanted(unit, box, moment=moment, of=TOWN if box == "out" else "", **facts)


def states(course: Course, key: str, box: str, moment: datetime.datetime | None) -> list[str]:
    with scoped(getattr(course.cast, key)) as by:
        return [row.state for row in comments_of(by, wanted(course, moment, box), now())]


def test_each_state_reads_at_its_moment_as_it_was_then(course):
    found = {name: states(course, "county", "out", at) for name, at in course.at.items()}
    assert found == {name: [name.removesuffix(" again")] for name in course.at}
    assert (
        states(course, "county", "out", course.comment.created_at - datetime.timedelta(microseconds=1)) == []
    )
    assert states(course, "county", "out", None) == ["closed"]


def test_the_recipient_reads_nothing_of_what_was_a_draft_then(course):
    assert [states(course, "town", "in", at) for at in course.at.values()] == [
        [], ["sent"], ["acknowledged"], ["replied"], ["asked_again"], ["replied"], ["closed"],
    ]  # fmt: skip
    with scoped(course.cast.town):
        assert not CommentVersion.objects.filter(sent_at=None).exists()
        assert not CommentThen.objects.filter(sent_at=None).exists()
    with scoped(course.cast.other_city):
        assert not CommentThen.objects.exists()
    assert not CommentThen.objects.exists()


def test_nobody_changes_what_was(course):
    for role in ("cunxuan_web", "cunxuan_worker"):
        for verb in ("UPDATE reports_commentversion SET title = '改'", "DELETE FROM reports_commentversion"):
            with connected_as(role) as cursor, pytest.raises(Exception, match="permission denied"):
                cursor.execute(verb)


def test_counts_and_clocks_stand_at_the_moment(course):
    with scoped(course.cast.county) as by:
        unit = course.cast.areas[COUNTY]
        told = {
            name: comment_counts(by, Counting(unit, moment=at), now()).total for name, at in course.at.items()
        }
    assert [sum(told["draft"].values()), told["sent"]["sent"], told["sent"]["acknowledged"]] == [0, 1, 0]
    assert (told["replied"]["answered"], told["asked_again"]["closed"], told["closed"]["closed"]) == (1, 0, 1)


def test_what_went_up_is_known_from_its_moment_on(drafted, cast):
    """Going up changes no version; the state before it is kept all the same."""
    course = Course(cast, drafted.to(TOWN))
    course.step("sent", "county", send_comment, version=course.comment.version)
    late = now() + datetime.timedelta(days=30)
    with system_scoped("comments") as by:
        assert escalate(drafted.round, by=by, now=late) == 1
    up = now()
    with scoped(cast.county) as by:
        kept = {
            at: [row.escalated_to_id for row in comments_of(by, wanted(course, at), now())]
            for at in (course.at["sent"], up)
        }
    assert kept == {course.at["sent"]: [None], up: [cast.areas["9901"].pk]}


def test_a_workbook_says_the_answers_of_then_and_owns_up_to_lost_words(course, drafted):
    with scoped(course.cast.county) as by:
        [then] = list_rows(by, wanted(course, course.at["replied"]), now())
        [draft] = list_rows(by, wanted(course, course.at["draft"]), now())
    assert (then["reply"].text, then["result"], then["overdue"]) == ("已补报", None, False)
    assert then["text"] not in ("", LOST)
    assert (draft["text"], draft["reply"]) == (LOST, None)


def test_a_draft_that_nobody_touched_keeps_its_words(drafted, cast):
    course = Course(cast, drafted.to(TOWN))
    with scoped(cast.county) as by:
        [row] = list_rows(by, wanted(course, course.at["draft"]), now())
    assert row["text"] not in ("", LOST)
    course.step("skipped", "county", skip_comment, reason="已电话说过")
    with scoped(cast.county) as by:
        found = {row["comment"].state for row in list_rows(by, wanted(course, course.at["draft"]), now())}
    assert found == {"draft"}


def test_screens_and_api_tell_the_moment_and_offer_nothing_to_write(course, client_of):
    county, town = client_of("county"), client_of("town")
    query = f"as_of={text_of(course.at['acknowledged'])}"
    page = county.get(f"/reports/comments/?box=out&of={TOWN}&{query}")
    assert [row["comment"].state for row in page.context["rows"]] == ["acknowledged"]
    body = page.content.decode()
    assert "这是过去的样子" in body
    assert (page.context["may_send"], page.context["may_draft"], page.context["note_form"]) == (
        False,
        False,
        None,
    )
    url = page.context["rows"][0]["url"]
    assert "as_of=" in url
    for client in (county, town):
        letter = client.get(url)
        assert [entry.kind for entry in letter.context["page"].replies] == ["acknowledge"]
        shown = letter.content.decode()
        assert 'method="post" action="/reports/comments/' not in shown
        api = client.get(f"/api/v1/comments/{course.comment.pk}/?{query}").json()
        assert (api["comment"]["state"], api["moves"], len(api["replies"])) == ("acknowledged", [], 1)
    listed = county.get(f"/api/v1/comments/?box=out&of={TOWN}&{query}").json()
    assert [one["state"] for one in listed["results"]] == ["acknowledged"]
    counts = county.get(f"/reports/comments/counts/?{query}")
    assert counts.context["table"].total["answered"] == 0
    assert all("as_of=" in link for _, link in counts.context["groups"][0][1])
    answer = county.get(f"/api/v1/comments/counts/?{query}").json()
    assert answer["total"] == counts.context["table"].total
    before = f"as_of={text_of(course.at['draft'])}"
    assert town.get(f"/reports/comments/{course.comment.pk}/?{before}").status_code == 404
    assert county.get(f"/reports/comments/{course.comment.pk}/?{before}").context["lost"] == LOST
    assert county.get("/reports/comments/?as_of=x").status_code == 404


def test_the_workbooks_hold_the_moment_and_say_so(course, worker_role, client_of, settings, tmp_path):
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path
    client, query = client_of("county"), f"as_of={text_of(course.at['acknowledged'])}"
    for url in (
        f"/reports/comments/export/?box=out&of={TOWN}&{query}",
        f"/reports/comments/counts/export/?{query}",
    ):
        answer = client.post(url)
        with as_worker():
            assert runner.run(int(answer["Location"].rstrip("/").rsplit("/", 1)[1])) == "done"
        [file] = settings.RESULTS_DIR.glob("*.xlsx")
        cells = [
            cell for row in load_workbook(file).active.iter_rows(values_only=True) for cell in row if cell
        ]
        file.unlink()
        assert any("截至" in str(cell) and "的记录" in str(cell) for cell in cells)
        assert "办结" not in cells or cells[cells.index("办结") + 1] != "办结"


def test_a_list_of_a_moment_takes_one_query_more(course):
    taken = []
    for moment in (None, course.at["sent"]):
        with scoped(course.cast.county) as by, CaptureQueriesContext(connections["default"]) as queries:
            list_page(by, wanted(course, moment), now())
        taken.append(len(queries))
    assert taken == [2, 3]


def test_a_draft_is_stamped_by_the_clock_of_its_row_whatever_time_is_brought_along(drafted, cast):
    with scoped(cast.county) as by, transaction.atomic():
        audit.act(by, audit_types.COMMENT_EDITED, Comment)
        made = Comment.objects.create(
            round=drafted.round,
            area=cast.areas[COUNTY],
            recipient=cast.areas[TOWN],
            date=drafted.day,
            title="占位",
            created_at=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC),
        )
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT created_at > now() FROM reports_comment WHERE id = %s", [made.pk])
            assert cursor.fetchone() == (True,)
