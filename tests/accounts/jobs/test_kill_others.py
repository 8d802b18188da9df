"""T36: roll-up, export, retention and anchor, killed in the middle. Short form: once each; long: 25 times each.

The middle is made certain by a table lock: the job waits for it, is killed with -9, the lock goes, and the job
is taken up again.
"""

import datetime as dt
import json
from collections.abc import Callable
from contextlib import closing
from functools import partial

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.jobs import results, start_system_job
from accounts.jobs.start import wake
from reports.models import RollupRow
from tests.accounts.jobs.conftest import begin, until
from tests.accounts.jobs.test_kill import all_ended, beat  # noqa: F401
from tests.reports.filed import file_day
from tests.snapshot import superuser

LAST_EVENTS = "SELECT type, at FROM accounts_jobevent WHERE job_id = %s ORDER BY id DESC LIMIT 8"
TIMES = pytest.mark.parametrize("times", [1, pytest.param(25, marks=pytest.mark.long)], ids=["short", "long"])


@pytest.fixture
def killed_in(look, real_worker, beat, settings, tmp_path):  # noqa: F811
    """killed_in(table, start): the job that `start` starts reaches `table`, is killed there, and still ends.

    The table is locked before the job exists: a worker at leisure is through with it in milliseconds.
    """
    settings.RESULTS_DIR = tmp_path / "results"
    settings.AUDIT_ANCHOR_DIR = tmp_path / "anchors"
    victim = real_worker(AUDIT_ANCHOR_DIR=str(settings.AUDIT_ANCHOR_DIR))

    def kill(table: str, start: Callable[[], int]) -> int:
        # Closed whatever happens: who waits for this lock, the end of the test among them, waits for ever.
        with closing(superuser()) as gate:
            gate.autocommit = False
            with gate.cursor() as cursor:
                cursor.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
                job_id = start()
                wake(job_id)
                reached = until(lambda: waits(look, table) and has_turn(look, victim, job_id), 30)
                killed = reached and victim.kill_child()
            gate.rollback()
        assert (reached, killed) == (True, True), look(LAST_EVENTS, job_id)
        assert all_ended(look, beat, 60, job_id)
        return job_id

    return kill


def waits(look, table: str) -> bool:
    """Whether a worker's statement waits for the table."""
    return look(
        "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
        "WHERE l.relation = %s::regclass AND NOT l.granted AND a.usename = 'cunxuan_worker'",
        f'public."{table}"',
    )[0][0]


@TIMES
def test_t36_kill_rollup(cast, look, killed_in, times):
    today = timezone.localdate()
    for number in range(1, times + 1):
        day = today - dt.timedelta(days=number)
        figures = {code: {"visits": number} for code in ("990101001201", "990101001202", "990101001001")}
        file_day(cast, "990101001", day, figures)
        start = partial(start_system_job, "rollup.fold", f"t36:{number}", system_scope="rollup")
        job = killed_in(RollupRow._meta.db_table, start)
        row = RollupRow.objects.using("owner").get(area=cast.areas["9901"], date=day)
        assert (row.filed, row.visits) == (1, 3 * number)
        assert look("SELECT state, attempts FROM accounts_job WHERE id = %s", job) == [("done", 2)]


@TIMES
def test_t36_kill_export(cast, look, killed_in, times):
    for number in range(times):
        job = killed_in("job_effect", partial(build, cast.town, f"export:{number}"))
        ((path, name),) = look("SELECT result_path, result_name FROM accounts_job WHERE id = %s", job)
        assert (name, results.open_path(path).read_text()) == ("成品.txt", "0")
    stored = {path for (path,) in look("SELECT result_path FROM accounts_job WHERE result_path <> ''")}
    kept = {path.name for path in results.directory().iterdir() if not path.name.startswith("work-")}
    assert stored <= kept


@TIMES
def test_t36_kill_retention(cast, look, killed_in, times):
    for number in range(times):
        job = begin(cast.town, kind="test.private", subject=f"kept:{number}")
        path = results.directory() / f"expired{number}"
        path.write_bytes(b"")
        look(
            "UPDATE accounts_job SET state = 'done', result_path = %s, result_expires_at = now() WHERE id = %s",
            path.name,
            job.pk,
        )
        purge = partial(start_system_job, "retention.run", f"t36:{number}", system_scope="retention")
        killed_in("accounts_jobperiod", purge)
        assert path.exists() is False
        events = look("SELECT type FROM accounts_jobevent WHERE job_id = %s ORDER BY id", job.pk)
        assert events == [("queued",), ("result_purged",)]


@TIMES
def test_t36_kill_anchor(cast, look, killed_in, times):
    for number in range(times):
        anchor = partial(start_system_job, "audit.anchor", f"t36:{number}", system_scope=anchor_scope())
        killed_in("accounts_auditanchor", anchor)
    assert look("SELECT count(*) FROM accounts_auditanchor WHERE delivered_at IS NULL") == [(0,)]
    lines = (settings.AUDIT_ANCHOR_DIR / "anchors.jsonl").read_text().splitlines()
    assert all(json.loads(line) for line in lines)


def has_turn(look, victim, job_id: int) -> bool:
    """Whether it is this job that waits: one of a timer may stand at the lock before it, and is killed first."""
    if look("SELECT state FROM accounts_job WHERE id = %s", job_id) == [("running",)]:
        return True
    victim.kill_child()
    return False


def build(person, subject: str) -> int:
    return begin(person, kind="test.build", subject=subject).pk


def anchor_scope() -> str:
    from accounts.jobs.registry import timers

    return next(timer.system_scope for timer in timers() if timer.kind == "audit.anchor")
