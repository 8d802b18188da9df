"""T38: PostgreSQL is stopped at once, or a standby takes over, while townships file. What was acknowledged is there, what
was sent again is done once, and people read a clear page meanwhile."""

import datetime
import io
import json
import threading
import time

import pytest
from django.db import close_old_connections, connections
from django.test import Client

from accounts.audit.stream import export
from accounts.audit.verification import cursor_of, verifier
from accounts.outages import RETRY_SECONDS
from config.databases import AUDITOR
from config.launcher import processes
from reports.models import DailyRevision, DailySheet
from reports.rules.days import local_day
from tests.helpers import log_in
from tests.outages.servers import Server, serving, soon

TOWNS = ("town", "sibling_town", "other_town")
DAYS = 30
# As in service: a commit is acknowledged when it is written down, and when the standby has it.
DURABLE = ("synchronous_commit=on", "fsync=on", "full_page_writes=on")
EVERYTHING = "SELECT count(*) FROM reports_dailyrevision"


class Filer(threading.Thread):
    """A township that files one day after the other, and sends each again with the same key until it has a receipt."""

    def __init__(self, client: Client, area, days: list[datetime.date]) -> None:
        super().__init__()
        self.client, self.area, self.days = client, area, days
        self.receipts: dict[datetime.date, str] = {}
        self.seen: set[tuple[int, str]] = set()
        self.error: Exception | None = None
        self.repeated = 0
        self.ends = threading.Event()

    def run(self) -> None:
        try:
            for day in self.days:
                if self.ends.is_set():
                    return
                self.file(day)
        except Exception as error:  # seen by the test
            self.error = error
        finally:
            connections.close_all()

    def file(self, day: datetime.date) -> None:
        url = f"/api/v1/daily/{day}/"
        codes = [one["code"] for one in self.send("get", url)["villages"]]
        draft = {"confirm": codes, "zero": codes}
        saved = self.send("put", f"{url}draft/", draft, HTTP_IDEMPOTENCY_KEY=f"draft-{self.area}-{day}")
        answer = self.send(
            "post",
            f"{url}file/",
            {"version": saved["version"]},
            HTTP_IDEMPOTENCY_KEY=f"file-{self.area}-{day}",
        )
        self.receipts[day] = answer["receipt"]

    def send(self, method: str, url: str, body=None, **headers) -> dict:
        """Until it is answered; every answer in between is the one sentence that says what to do."""
        for attempt in range(600):
            text = json.dumps(body) if body is not None else None
            close_old_connections()  # as the server does at the start of each request, and the test client does not
            answer = getattr(self.client, method)(url, text, content_type="application/json", **headers)
            if answer.status_code < 300:
                self.repeated += bool(attempt)
                return answer.json()
            self.seen.add((answer.status_code, answer.json()["code"]))
            if answer.status_code not in (503, 409):
                raise RuntimeError(f"{url} answered {answer.status_code}: {answer.content[:300]!r}")
            time.sleep(0.1)
        raise RuntimeError(f"no answer within a minute: {self.seen} {answer.content[:300]!r}")


def days_of(cast) -> list[datetime.date]:
    """Days that may be filed: from the first of the round to yesterday."""
    first = cast.rounds["9901"].reporting_from
    today = local_day(datetime.datetime.now(datetime.UTC))
    days = [first + datetime.timedelta(days=n) for n in range(DAYS)]
    return [day for day in days if day < today]


def filers(cast) -> list[Filer]:
    """Signed-in townships of the cast's first city."""
    made = []
    for key in TOWNS:
        person = cast.people.get(key)
        if person and person.unit_path.startswith("99/9901/"):
            client = Client(raise_request_exception=False)
            made.append(Filer(log_in(client, cast.users[key]), person.area.code, days_of(cast)))
    return made


def through(server: Server, cast, interruptions: int, interrupt) -> list[Filer]:
    """Townships file while `interrupt(n)` strikes; nothing acknowledged is lost, nothing done twice."""
    found = filers(cast)
    assert len(found) >= 2
    for one in found:
        one.start()
    try:
        for number in range(interruptions):
            before = sum(len(one.receipts) for one in found)
            # Not before somebody got through: on a busy machine recovery takes longer than any fixed pause.
            soon(lambda before=before: sum(len(one.receipts) for one in found) > before, 5)
            server = interrupt(number, server)
    finally:
        time.sleep(0.3)
        for one in found:
            one.ends.set()
        for one in found:
            one.join(90)
    assert [repr(one.error) for one in found] == ["None"] * len(found)
    return found


def acknowledged(found: list[Filer]) -> dict[tuple[str, datetime.date], str]:
    return {(one.area, day): receipt for one in found for day, receipt in one.receipts.items()}


def stored() -> dict[tuple[str, datetime.date], list[str]]:
    """Every filed revision there is: (township, day) → receipt numbers."""
    rows: dict[tuple[str, datetime.date], list[str]] = {}
    for row in DailyRevision.objects.using("owner").select_related("area"):
        receipt = f"RB-{row.area.code}-{row.date:%Y%m%d}-{row.number:02}"
        rows.setdefault((row.area.code, row.date), []).append(receipt)
    return rows


def assert_whole(found: list[Filer]) -> None:
    """Receipts and revisions are the same, one each; sheets agree; the chain has an event for each row."""
    connections.close_all()  # those of before the last interruption
    rows, receipts = stored(), acknowledged(found)
    assert {key: one for key, one in rows.items() if len(one) != 1} == {}
    assert {key: [one] for key, one in receipts.items()} == {key: rows.get(key) for key in receipts}
    filed = DailySheet.objects.using("owner").filter(state="filed").count()
    assert filed == len(rows)


def breaks_of_chain() -> list[str]:
    with cursor_of(AUDITOR) as cursor, io.BytesIO() as out:
        export(cursor, out)
        out.seek(0)
        return [str(one) for one in verifier().verify(out).breaks]


@pytest.fixture
def copy(committed, tmp_path):
    """A durable copy of the test server that this process is served by."""
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o711)
    made: list[Server] = []

    def make(name: str, *options: str) -> Server:
        folder = tmp_path / name
        folder.mkdir(mode=0o711)
        made.append(Server(folder, *(options or DURABLE)))
        return made[-1]

    yield make
    for one in made:
        one.stop()


STOPS = pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.long)], ids=["short", "long"])


@STOPS
def test_t38_immediate_stop_while_filing(copy, cast, times):
    server = copy("primary").copy_of()
    server.start(processes.free_port())

    def strike(_: int, struck: Server) -> Server:
        struck.kill()
        time.sleep(0.3)
        return struck.start(struck.port)

    with serving(server.port):
        found = through(server, cast, times, strike)
        assert_whole(found)
        assert breaks_of_chain() == []
        assert sum(len(one.receipts) for one in found) > 0
    assert {status for one in found for status, _ in one.seen} <= {503, 409}
    assert (503, "database_gone") in {seen for one in found for seen in one.seen}


@STOPS
def test_t38_failover_to_a_synchronous_standby(copy, cast, times, tmp_path):
    """The primary dies and never comes back; its standby is promoted and takes over the address."""
    port = processes.free_port()
    server = copy("server0", *DURABLE, "synchronous_standby_names=*").copy_of()
    server.start(port)
    standbys = {0: follow(copy, server, 1)}

    def strike(number: int, struck: Server) -> Server:
        struck.kill()
        heir = standbys[number]
        heir.ask("SELECT pg_promote()")
        heir.stop()
        heir.start(port, wait=False)
        standbys[number + 1] = follow(copy, heir, number + 2)
        return heir

    with serving(port):
        found = through(server, cast, times, strike)
        assert_whole(found)
        assert breaks_of_chain() == []


def follow(copy, primary: Server, number: int) -> Server:
    """A new synchronous standby of a server; commits wait until it is there."""
    assert soon(primary.answers, 60), primary.log.read_text()[-2000:]
    heir = copy(f"server{number}", *DURABLE, "synchronous_standby_names=*").copy_of(
        primary.address(), standby=True
    )
    heir.start(processes.free_port())
    assert soon(
        lambda: primary.ask("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'") != []
    )
    return heir


def test_t38_negative_control_not_waiting_for_the_log_loses_what_was_acknowledged(copy, cast):
    """With synchronous_commit off an immediate stop takes acknowledged filings away: the test sees that."""
    server = copy("careless", "synchronous_commit=off", "wal_writer_delay=10s", "fsync=on").copy_of()
    server.start(processes.free_port())
    name = connections["owner"].settings_dict["NAME"]
    server.ask(
        f'ALTER DATABASE "{name}" RESET synchronous_commit'
    )  # another test may have set it for the database
    with serving(server.port):
        (one, *_) = filers(cast)
        one.days = one.days[:3]
        one.run()
        assert (one.error, len(one.receipts)) == (None, 3)
        server.kill()
        server.start(server.port)
        assert len(stored()) < 3


def test_what_people_see_while_it_is_gone(copy, cast):
    """One clear page with what to do, without a query; a page that is only looked at asks again by itself."""
    server = copy("primary").copy_of()
    server.start(processes.free_port())
    with serving(server.port):
        client = log_in(Client(raise_request_exception=False), cast.users["county"])
        assert client.get("/").status_code == 200
        server.kill()
        for method, url, refresh in (
            ("get", "/", str(RETRY_SECONDS)),
            ("get", "/reports/completeness/", str(RETRY_SECONDS)),
            ("post", "/logout/", None),
        ):
            answer = getattr(client, method)(url)
            assert (answer.status_code, answer.get("Refresh"), answer["Retry-After"]) == (503, refresh, "15")
            text = answer.content.decode()
            assert "系统暂时连不上数据库" in text
            assert "同一页重复提交只办一次" in text
        said = client.get("/api/v1/daily/2026-11-22/")
        assert (said.status_code, said.json()["code"]) == (503, "database_gone")
        assert client.get("/healthz").status_code == 503
        server.start(server.port)
        close_old_connections()
        assert client.get("/").status_code == 200
