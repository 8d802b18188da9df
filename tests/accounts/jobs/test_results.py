"""Result files: one account, one day, then gone."""

import datetime as dt
import os
import time

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.jobs import queries, results, runner, start_system_job, sweep
from accounts.models import Job
from tests.accounts.jobs.conftest import begin


@pytest.fixture(autouse=True)
def results_of_their_own(settings, tmp_path):
    settings.RESULTS_DIR = tmp_path / "results"


@pytest.fixture
def exported(effects, cast, worker):
    job = begin(cast.town, kind="test.export")
    assert runner.run(job.pk) == "done"
    return job


def url(job: Job) -> str:
    return f"/jobs/{job.pk}/result/"


def test_the_file_is_kept_for_a_day_under_a_random_name(exported, look):
    ((path, name, size, hours),) = look(
        "SELECT result_path, result_name, result_size, "
        "round(extract(epoch FROM result_expires_at - finished_at) / 3600) FROM accounts_job"
    )
    assert (name, size, hours) == ("汇总表 12月18日.xlsx", 5, 24)
    kept = settings.RESULTS_DIR / path
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b"sheet", 0o600)
    assert [file.name for file in settings.RESULTS_DIR.iterdir()] == [path]


def test_the_owner_downloads_it_under_its_chinese_name(exported, client_of, look):
    answer = client_of("town").get(url(exported))
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"sheet")
    assert answer["Content-Disposition"] == (
        f'attachment; filename="job-{exported.pk}.xlsx"; '
        "filename*=UTF-8''%E6%B1%87%E6%80%BB%E8%A1%A8%2012%E6%9C%8818%E6%97%A5.xlsx"
    )
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert look("SELECT type FROM accounts_auditact ORDER BY id DESC LIMIT 1") == [("job.result_downloaded",)]


@pytest.mark.parametrize("other", ["county", "city", "admin", "sibling_town", "second_entry", "auditor"])
def test_nobody_else_downloads_it(exported, client_of, other):
    """The county sees the shared job and still gets no file: absent and forbidden look the same."""
    client = client_of(other)
    assert client.get(url(exported)).status_code == 404
    assert client.get(f"/api/v1/jobs/{exported.pk}/result/").status_code == 404


def test_it_expires(exported, client_of, look):
    look("UPDATE accounts_job SET result_expires_at = now() + interval '20 seconds'")
    answer = client_of("town").get(url(exported))
    answer.close()
    assert answer.status_code == 200
    look("UPDATE accounts_job SET result_expires_at = now()")
    assert client_of("town").get(url(exported)).status_code == 404


def test_the_limit_itself_is_too_late(exported, cast):
    now = timezone.now()
    job = Job(requested_by=cast.town, result_path="x", result_expires_at=now)
    user = cast.town.user_id
    assert [
        queries.may_download(job, user, now - dt.timedelta(seconds=1)),
        queries.may_download(job, user, now),
    ] == [
        True,
        False,
    ]


def test_the_purge_deletes_expired_files_and_orphans(exported, look):
    fresh, old = settings.RESULTS_DIR / "fresh", settings.RESULTS_DIR / "old"
    for path in (fresh, old):
        path.write_bytes(b"")
    os.utime(old, (time.time() - 3700, time.time() - 3700))
    assert sweep.purge() == 1
    look("UPDATE accounts_job SET result_expires_at = now() - interval '1 second'")
    assert sweep.purge() == 1
    assert [file.name for file in settings.RESULTS_DIR.iterdir()] == ["fresh"]
    assert look("SELECT result_path, result_name FROM accounts_job") == [("", "汇总表 12月18日.xlsx")]
    assert look("SELECT type FROM accounts_jobevent ORDER BY id DESC LIMIT 1") == [("result_purged",)]


@pytest.mark.parametrize("name", ["../settings.py", "/etc/passwd", "a/b", ""])
def test_only_our_own_names_are_opened(name):
    assert results.open_path(name) is None


@pytest.mark.parametrize("name", ["a/b.xlsx", "a\\b.xlsx", " "])
def test_a_result_has_a_plain_name(tmp_path, name):
    source = tmp_path / "made"
    source.write_bytes(b"")
    with pytest.raises(ValueError, match="plain"):
        results.keep(source, name, dt.timedelta(hours=1))


def test_the_purge_forgets_what_timers_did_a_week_ago(exported, look):
    """Somebody's own job stays, and so does a timer's job that failed."""
    jobs = [start_system_job("test.system", f"s{n}", system_scope="housekeeping") for n in range(3)]
    look("UPDATE accounts_job SET state = 'done', finished_at = now() - interval '8 days'")
    look("UPDATE accounts_job SET finished_at = now() - interval '6 days' WHERE id = %s", jobs[0])
    look("UPDATE accounts_job SET state = 'parked' WHERE id = %s", jobs[1])
    sweep.purge()
    assert look("SELECT id FROM accounts_job ORDER BY id") == [(exported.pk,), (jobs[0],), (jobs[1],)]
    assert look("SELECT count(*) FROM accounts_jobevent WHERE job_id = %s", jobs[2]) == [(0,)]
