"""T59 in its long form: what is due is gone from rows, files, indexes and the replica, and comes back with no restore."""

import datetime as dt
import os
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.db import connections, transaction
from django.utils import timezone

from accounts.audit import cuts
from accounts.jobs import results
from accounts.models import AuditAct
from accounts.retention.run import run
from accounts.scope.entry import system_scoped
from accounts.spreadsheets import desk as desks
from config.backup import drill, restore, take
from tests.accounts.audit.conftest import lab, town_token, writer, writers  # noqa: F401
from tests.accounts.audit.test_t59_cut import anchor, as_superuser, entries, let_pass
from tests.accounts.jobs.conftest import effects, worker  # noqa: F401
from tests.accounts.jobs.test_replica import standby  # noqa: F401
from tests.accounts.retention.test_t59_retention import fill
from tests.config.backup.test_t64_restore import backups  # noqa: F401
from tests.snapshot import superuser

DUE = {
    "sessions": "SELECT count(*) FROM accounts_usersession WHERE key_hash IN ('a', 'd')",
    "attempts": "SELECT count(*) FROM accounts_loginattempt WHERE bucket = 'x' AND at < now() - interval '396 days'",
    "acts": "SELECT count(*) FROM accounts_auditact WHERE at < now() - interval '396 days'",
    "events": "SELECT count(*) FROM accounts_auditevent WHERE at < now() - interval '396 days'",
    "seals": "SELECT count(*) FROM accounts_auditchain WHERE sealed_at < now() - interval '396 days'",
}
NONE = dict.fromkeys(DUE, 0)


def left(port: str = "") -> dict[str, int]:
    """How much of what is due a server still gives, by its indexes and without them."""
    connection = superuser(port=port)
    found = []
    with connection.cursor() as cursor:
        for scan in ("enable_seqscan", "enable_indexscan"):
            cursor.execute(f"RESET ALL; SET {scan} = off; SET enable_bitmapscan = off")
            found.append({name: rows_of(cursor, sql) for name, sql in DUE.items()})
    connection.close()
    assert found[0] == found[1]
    return found[0]


def rows_of(cursor, sql: str) -> int:
    cursor.execute(sql)
    return cursor.fetchone()[0]


@pytest.mark.long
def test_t59_everywhere(standby, backups, worker, lab, writer, cast, settings, tmp_path):  # noqa: F811
    settings.RESULTS_DIR, settings.UPLOADS_DIR = tmp_path / "results", tmp_path / "uploads"
    settings.AUDIT_ANCHOR_DIR, settings.AUDIT_ARCHIVE_DIR = tmp_path / "anchors", tmp_path / "archive"
    writer.write("a", "b", reason="old")
    let_pass(425)
    anchor()
    writer.write("c", reason="new")
    fill(cast, timezone.now())
    connections.close_all()
    base = take.take()
    backups()
    before = left()
    assert min(before.values()) > 0

    assert entries()[0] == 1
    with system_scoped("retention"), transaction.atomic():
        outcomes = list(run(timezone.now()))
        number = AuditAct.objects.filter(type="audit.cut").count()
    assert ([found.error for found in outcomes], number) == ([""] * len(outcomes), 1)
    assert left() == NONE
    assert [path.name for path in results.directory().iterdir()] == ["new.xlsx"]
    assert [path for path in desks.root().iterdir() if path.is_dir()] == []
    assert replayed(str(standby[0]))
    assert left(str(standby[0])) == NONE
    restored_again(base, before, tmp_path)

    assert take.prune(timezone.now() + dt.timedelta(days=36)) == 0  # the newest back-up stays, however old
    later = take.take()
    assert take.prune(timezone.now() + dt.timedelta(days=400)) >= 2
    assert [found.name for found in take.bases()] == [later.name]


def replayed(port: str) -> bool:
    """Wait until the replica has what the primary has."""
    ((target,),) = as_superuser("SELECT pg_current_wal_lsn()::text")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        connection = superuser(port=port)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [target])
            (done,) = cursor.fetchone()
        connection.close()
        if done:
            return True
        time.sleep(0.1)
    return False


def restored_again(base: take.Base, before: dict[str, int], tmp_path) -> None:
    """The old back-up brings everything back; `manage.py retention` on it takes it away again."""
    folder = tmp_path / "restored"
    folder.mkdir(mode=0o711)
    report = drill.drill(base.at + dt.timedelta(seconds=1), timeout=120, keep=folder)
    assert report.breaks == []
    restored = restore.Restored(base, folder)
    restored.start(120)
    try:
        assert left(str(restored.port)) == before
        place = f"127.0.0.1:{restored.port}/{connections['owner'].settings_dict['NAME']}"
        environment = {
            **os.environ,
            "DATABASE_URL": f"postgresql://{place}",
            "CUNXUAN_DATA": str(tmp_path / "second"),
            "AUDIT_ANCHOR_DIR": str(django_settings.AUDIT_ANCHOR_DIR),
        }
        for command in ("retention", "verify_audit"):
            done = subprocess.run(
                [sys.executable, "manage.py", command], env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout + done.stderr
        assert left(str(restored.port)) == NONE
        (again,) = (tmp_path / "second" / "audit-archive").iterdir()
        assert cuts.verify_archive(again).breaks == []
    finally:
        restored.stop()
