"""Records as of any moment: each change keeps what it replaced, by whatever way it came."""

import datetime
import threading
from contextlib import suppress

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from accounts.errors import Refusal
from accounts.jobs import runner
from accounts.moments import settle
from accounts.scope import scoped
from elections import audit_types
from elections.actions import change_org, create_round, open_orgs
from elections.models import Org, OrgThen, OrgVersion
from elections.queries.counts import count_table
from elections.queries.orgs import orgs_of
from tests.accounts.spreadsheets.conftest import as_worker
from tests.cast import village_codes
from tests.elections.conftest import ROUND
from tests.helpers import as_owner
from tests.security.roles import connected_as

TOWN = "990101001"
FIRST = village_codes(TOWN)[0][0]


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def text_of(moment: datetime.datetime) -> str:
    return timezone.localtime(moment).replace(tzinfo=None).isoformat()


def record(by) -> Org:
    return Org.objects.visible_to(by).get(area__code=FIRST, round__is_current=True)


def change(cast, **values) -> datetime.datetime:
    """Change the first record as its township does; gives the moment after."""
    with scoped(cast.town) as by:
        org = record(by)
        change_org(org, values, version=org.version, by=by, reason="核对")
    return now()


@pytest.fixture
def moments(committed, cast) -> list[datetime.datetime]:
    """Before, between and after two changes of one record."""
    return [now(), change(cast, party_members=11), change(cast, party_members=12, note="已核")]


def members(cast, moment: datetime.datetime | None) -> list[int | None]:
    with scoped(cast.town) as by:
        rows = orgs_of(by, cast.rounds["9901"], cast.areas[TOWN], moment)
        return list(rows.filter(area__code=FIRST).values_list("party_members", flat=True))


def test_a_record_reads_at_each_moment_as_it_stood_then(cast, moments):
    with scoped(cast.town) as by:
        before = OrgVersion.objects.visible_to(by).filter(area__code=FIRST).order_by("known_until").first()
    found = [members(cast, moment) for moment in (*moments, None)]
    assert found == [[before.party_members], [11], [12], [12]]


def test_before_it_was_opened_a_record_is_not_there(cast, moments):
    with scoped(cast.town) as by:
        created = record(by).created_at
    assert members(cast, created - datetime.timedelta(microseconds=1)) == []
    assert len(members(cast, created)) == 1


def test_one_statement_over_many_records_keeps_each(committed, cast):
    """An import changes its rows by one statement."""
    before = now()
    with scoped(cast.town) as by, transaction.atomic():
        rows = Org.objects.visible_to(by).filter(round=cast.rounds["9901"])
        old = dict(rows.values_list("pk", "population"))
        audit.act(by, audit_types.ORGS_IMPORTED, Org)
        rows.update(population=777, version=9)
    with scoped(cast.town) as by:
        then = orgs_of(by, cast.rounds["9901"], cast.areas[TOWN], before)
        assert dict(then.values_list("pk", "population")) == old
        current = orgs_of(by, cast.rounds["9901"], cast.areas[TOWN], now())
        assert set(current.values_list("population", flat=True)) == {777}
        counted = count_table(by, cast.rounds["9901"], cast.areas[TOWN], before)
        assert counted.total.figures["orgs"] == len(old)


def test_a_statement_that_changes_nothing_keeps_nothing(committed, cast):
    with scoped(cast.town) as by, transaction.atomic():
        audit.act(by, audit_types.ORG_CHANGED, Org)
        Org.objects.visible_to(by).update(updated_at=now())
    assert OrgVersion.objects.using("owner").count() == 0


def test_nobody_sees_or_changes_what_another_units_records_were(cast, moments):
    with scoped(cast.other_city) as by:
        assert OrgVersion.objects.count() == 0
        assert not OrgThen.objects.filter(area__code=FIRST).exists()
        assert not orgs_of(by, cast.rounds["9901"], None, moments[0]).exists()
    assert not OrgThen.objects.exists()
    for role in ("cunxuan_web", "cunxuan_worker"):
        for verb in ("UPDATE elections_orgversion SET note = ''", "DELETE FROM elections_orgversion"):
            with connected_as(role) as cursor, pytest.raises(Exception, match="permission denied"):
                cursor.execute(verb)


def test_list_counts_and_api_tell_the_moment(cast, moments, client_of):
    client = client_of("town")
    told = []
    for moment in moments:
        query = f"as_of={text_of(moment)}"
        page = client.get(f"/orgs/?{query}")
        told.append(
            next(row.party_members for row in page.context["found"].page.rows if row.area__code == FIRST)
        )
        assert "的记录，以后的修改不在内" in page.content.decode()
        body = client.get(f"/api/v1/orgs/{FIRST}/?{query}").json()
        assert body["party_members"] == told[-1]
        counts = client.get(f"/orgs/counts/?{query}")
        assert f"as_of={text_of(moment)}" in counts.context["rows"][0].cells[0].url
        answer = client.get(f"/api/v1/orgs/counts/?{query}").json()
        assert answer["total"]["figures"]["party_members"] == counts.context["total"].cells[-2].value
    assert told[1:] == [11, 12]
    refused = client.get("/orgs/?as_of=x")
    assert refused.status_code == 404
    changed = client.patch(
        f"/api/v1/orgs/{FIRST}/?as_of={text_of(moments[0])}", {"version": 1}, content_type="application/json"
    )
    assert changed.status_code == 409


def test_the_exports_hold_the_moment_and_say_so(cast, moments, worker_role, client_of, settings, tmp_path):
    from openpyxl import load_workbook

    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path
    client = client_of("town")
    for url in (
        f"/imports/orgs/export/?as_of={text_of(moments[1])}",
        f"/orgs/counts/export/?as_of={text_of(moments[1])}",
    ):
        answer = client.post(url)
        with as_worker():
            assert runner.run(int(answer["Location"].rstrip("/").rsplit("/", 1)[1])) == "done"
        [file] = settings.RESULTS_DIR.glob("*.xlsx")
        cells = [
            str(cell)
            for row in load_workbook(file).active.iter_rows(values_only=True)
            for cell in row
            if cell
        ]
        file.unlink()
        assert any("截至" in cell and "的记录" in cell for cell in cells)
        assert "11" in cells or any("11" in cell for cell in cells)


def test_a_page_of_a_moment_takes_one_query_more(cast, moments, client_of):
    client, taken = client_of("town"), []
    client.get("/orgs/")
    for query in ("", f"?as_of={text_of(moments[0])}"):
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get(f"/orgs/{query}")
        taken.append(len(queries))
    assert taken[1] == taken[0] + 1


def test_the_file_of_a_village_is_read_as_of_the_moment_and_not_written(cast, moments, client_of):
    client, query = client_of("town"), f"as_of={text_of(moments[1])}"
    listed = client.get(f"/orgs/?{query}").content.decode()
    assert f"/orgs/{FIRST}/?as_of=" in listed
    for page in ("", "print/"):
        answer = client.get(f"/orgs/{FIRST}/{page}?{query}")
        assert answer.context["org"].party_members == 11
        assert "这是过去的样子" in answer.content.decode()
        assert answer.context["panels"] == []
    file = client.get(f"/orgs/{FIRST}/?{query}")
    assert file.context["may_edit"] is False
    assert len(file.context["history"]) == 1
    assert "as_of=" in file.context["steps"][0][1]
    assert client.get(f"/orgs/{FIRST}/").context["may_edit"] is True
    counts = client.get(f"/orgs/counts/?{query}").context["rows"][0]
    assert counts.url.startswith("/orgs/")
    assert "as_of=" in counts.url


class Abandoned(Exception):
    """The opening is taken back, so that nothing of it stays."""


def test_records_being_opened_are_let_in_before_the_moment_is_read(committed, cast):
    """A new record is stamped under the lock of a changed one, by the clock of its row and not of its transaction."""
    ready, go_on, told = threading.Event(), threading.Event(), []

    def opening() -> None:
        try:
            with suppress(Abandoned), scoped(cast.city) as by, transaction.atomic():
                round = create_round(by.area, {**ROUND, "name": "另一届", "is_current": False}, by=by)
                between = now()
                assert open_orgs(round, by=by) > 0
                told.extend((between, Org.objects.filter(round=round).earliest("created_at").created_at))
                ready.set()
                go_on.wait(20)
                raise Abandoned
        finally:
            ready.set()
            connections.close_all()

    thread = threading.Thread(target=opening)
    thread.start()
    assert ready.wait(20)
    try:
        between, created = told
        assert created > between
        with scoped(cast.town), connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(Refusal) as refused:
                settle(("elections_org",))
        assert refused.value.code == "moment_not_settled"
    finally:
        go_on.set()
        thread.join(20)
    with scoped(cast.town):
        settle(("elections_org",))


def test_nobody_says_when_a_record_was_opened(db, cast):
    """Negative control: a time brought along is replaced by the clock."""
    with as_owner(), connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO elections_org (round_id, area_id, kind, party_org_type, is_pilot, is_large, is_due,"
            " not_due_reason, note, version, created_at, updated_at)"
            " SELECT o.round_id, %s, o.kind, '', false, false, true, '', '', 1, '2000-01-01', now()"
            " FROM elections_org o WHERE o.area_id = %s RETURNING created_at",
            [cast.areas["9901"].pk, cast.areas[FIRST].pk],
        )
        [made] = cursor.fetchone()
    assert now() - made < datetime.timedelta(minutes=5)


def test_a_change_on_its_way_is_let_in_before_the_moment_is_read(committed, cast):
    stamped, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with scoped(cast.town) as by:
                org = record(by)
                change_org(org, {"party_members": 55}, version=org.version, by=by)
                stamped.set()
                go_on.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slowly)
    thread.start()
    assert stamped.wait(20)
    try:
        with scoped(cast.town), connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(Refusal) as refused:
                settle(("elections_org",))
        assert refused.value.code == "moment_not_settled"
        moment = now()
    finally:
        go_on.set()
        thread.join(20)
    assert members(cast, moment) == [55]
