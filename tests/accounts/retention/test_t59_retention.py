"""T59: what is due goes, what is not stays, an old back-up that was restored loses it again."""

import datetime as dt
import os

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from accounts import retention
from accounts.alarms import Level
from accounts.auth.housekeeping import ATTEMPTS_KEPT
from accounts.jobs import results, runner, start_system_job
from accounts.models import AuditAct, IdempotencyKey, LoginAttempt, RetentionRun, UserSession
from accounts.retention import registry, setup
from accounts.retention.run import run
from accounts.scope.entry import system_scoped
from accounts.spreadsheets import desk as desks
from tests.accounts.jobs.conftest import effects, worker  # noqa: F401
from tests.snapshot import superuser

DAY = dt.timedelta(days=1)
CODES = ["sheets.uploads", "jobs.results", "auth.sessions", "auth.attempts", "auth.repeats"]


@pytest.fixture
def folders(settings, tmp_path):
    settings.RESULTS_DIR, settings.UPLOADS_DIR = tmp_path / "results", tmp_path / "uploads"


@pytest.fixture
def nightly(worker, folders):  # noqa: F811
    """Run the rules as the night does, at a moment of our choice; answers {code: removed}."""

    def carry_out(now: dt.datetime) -> dict[str, int]:
        with system_scoped("retention"):
            done = list(run(now))
        assert [found.error for found in done] == [""] * len(done)
        return {found.rule.code: found.removed for found in done}

    return carry_out


def fill(cast, now: dt.datetime) -> None:
    """One row and one file on each side of every limit."""
    user = cast.users["town"]
    for key, values in (
        ("a", {"user": user, "ended_at": now - 31 * DAY}),
        ("b", {"user": user, "ended_at": now - 29 * DAY}),
        ("c", {"user": user, "seen_at": now - 31 * DAY}),
        ("d", {"seen_at": now - 31 * DAY}),
        ("e", {"seen_at": now - 29 * DAY}),
    ):
        UserSession.objects.create(pk=key, **values)
    for age in (ATTEMPTS_KEPT + DAY, ATTEMPTS_KEPT - DAY):
        LoginAttempt.objects.create(bucket="x", at=now - age)
    for key, age in (("key-of-yesterday", 1.01 * DAY), ("key-of-today", 0.99 * DAY)):
        IdempotencyKey.objects.using("owner").create(
            assignment=cast.town, key=key, digest="0", created_at=now - age
        )
    for name, age in (("old.xlsx", 3700), ("new.xlsx", 3500)):  # no job names them: an hour
        path = results.directory() / name
        path.write_bytes(b"x")
        os.utime(path, (path.stat().st_atime, now.timestamp() - age))
    folder = desks.root() / "nobodys"
    folder.mkdir(parents=True)
    os.utime(folder, (folder.stat().st_atime, now.timestamp() - 86_401))


def kept() -> tuple[list[str], int, list[str], int]:
    """Sessions, tries, files and uploads that are still there."""
    return (
        sorted(UserSession.objects.filter(pk__in="abcde").values_list("pk", flat=True)),
        LoginAttempt.objects.filter(bucket="x").count(),
        sorted(path.name for path in results.directory().iterdir()),
        len([path for path in desks.root().iterdir() if path.is_dir()]),
    )


def test_due_rows_and_files_go_and_the_others_stay(nightly, cast):
    now = timezone.now()
    fill(cast, now)
    with system_scoped("retention"):
        due = {rule.code: rule.due(now) for rule in retention.rules() if rule.code in CODES}
    assert due == {
        "sheets.uploads": 1,
        "jobs.results": 1,
        "auth.sessions": 2,
        "auth.attempts": 1,
        "auth.repeats": 1,
    }
    removed = nightly(now)
    assert {code: removed[code] for code in CODES} == due
    assert kept() == (["b", "c", "e"], 1, ["new.xlsx"], 0)
    assert {code: nightly(now)[code] for code in CODES} == dict.fromkeys(CODES, 0)


def test_the_clock_moved_on_takes_the_rest(nightly, cast):
    fill(cast, timezone.now())
    nightly(timezone.now())
    nightly(timezone.now() + 3 * DAY)
    assert kept()[:2] == (["c"], 0)


def test_a_restored_back_up_loses_it_again(nightly, cast):
    """What an old back-up brings back is due at once: age is counted from the row, not from the last run."""
    now = timezone.now()
    fill(cast, now)
    nightly(now)
    UserSession.objects.create(pk="a", user=cast.users["town"], ended_at=now - 31 * DAY)
    LoginAttempt.objects.create(bucket="x", at=now - ATTEMPTS_KEPT - DAY)
    removed = nightly(now)
    assert (removed["auth.sessions"], removed["auth.attempts"]) == (1, 1)


def test_a_rule_that_fails_keeps_no_other_from_its_day(worker, folders, monkeypatch, cast):  # noqa: F811
    def broken(now):
        raise OSError("disk")

    first = retention.rules()[0]
    bad = registry.Rule(**{**vars(first), "code": "test.broken", "apply": broken})
    monkeypatch.setattr(registry, "_rules", {"test.broken": bad, **registry._rules})
    fill(cast, timezone.now())
    with system_scoped("retention"):
        done = {found.rule.code: found.error for found in run(timezone.now())}
        assert setup.late().level == Level.ALARM
    assert (done["test.broken"], {done[code] for code in CODES}) == ("OSError", {""})
    assert kept()[0] == ["b", "c", "e"]


def test_a_rule_not_run_for_a_day_is_an_alarm(nightly, committed):
    nightly(timezone.now())
    connection = superuser()
    with system_scoped("retention"):
        assert setup.late().level == Level.OK
    for hours, level in ((25, Level.OK), (27, Level.ALARM)):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_retentionrun SET at = now() - %s * interval '1 hour'", [hours])
        with system_scoped("retention"):
            assert setup.late().level == level
    connection.close()


def test_the_nightly_job_leaves_one_act(worker, folders, cast):  # noqa: F811
    job = start_system_job("retention.run", "t59", system_scope="retention")
    assert runner.run(job) == "done"
    with system_scoped("retention"):
        act = AuditAct.objects.filter(type="retention.run").latest("id")
        assert sorted(act.after) == sorted(rule.code for rule in retention.rules())
        assert RetentionRun.objects.count() == len(retention.rules())


def test_the_command_counts_first_and_removes_then(worker, folders, cast, capsys):  # noqa: F811
    fill(cast, timezone.now())
    call_command("retention", "--dry-run")
    assert "会话，自结束起（30 天）：到期 2" in capsys.readouterr().out
    assert kept()[0] == ["a", "b", "c", "d", "e"]
    call_command("retention")
    assert "会话，自结束起：清理 2" in capsys.readouterr().out
    assert kept()[0] == ["b", "c", "e"]


def test_the_web_role_runs_no_rule(committed):
    with connections["default"].cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT retention_note('x', 1, '')")


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("security", 200), ("town", 403)])
def test_the_page_shows_every_rule(db, client_of, role, status):
    answer = client_of(role).get("/system/retention/")
    assert answer.status_code == status
    if status == 200:
        assert [rule.code for rule, _ in answer.context["rows"]] == [rule.code for rule in retention.rules()]


def test_nothing_personal_is_kept_without_a_rule():
    """The retention table of the documentation names every registered rule."""
    said = (django_settings.BASE_DIR / "docs" / "operations.md").read_text()
    assert [rule.code for rule in retention.rules() if f"`{rule.code}`" not in said] == []
