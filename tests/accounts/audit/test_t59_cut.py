"""T59 for the audit trail: what is older than thirteen months goes to an archive, the chain begins at a signed cut."""

import datetime as dt
import gzip
import json
import subprocess
import sys

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from accounts.audit import anchors, cuts
from accounts.audit.verification import cursor_of, verifier
from accounts.scope.entry import system_scoped
from config.databases import SEALER
from tests.accounts.audit.lab import REFORGE, TABLE, breaks, connect, exported
from tests.snapshot import Snapshot, superuser

DAY = dt.timedelta(days=1)
PROGRAM = django_settings.BASE_DIR / "deploy" / "verify_audit.py"


def as_superuser(sql: str) -> list:
    """Rows of a statement with triggers off, as somebody with all rights on the server writes."""
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def let_pass(days: int) -> None:
    """Everything in the trail becomes `days` older, as if it had been sealed then; earlier anchors do not count."""
    (django_settings.AUDIT_ANCHOR_DIR / "anchors.jsonl").unlink(missing_ok=True)
    ago = f"- interval '{days} days'"
    as_superuser(
        f"UPDATE accounts_auditact SET at = at {ago}; UPDATE accounts_auditevent SET at = at {ago};"
        f"UPDATE accounts_auditchain SET sealed_at = sealed_at {ago}; {REFORGE}"
    )


def anchor() -> None:
    with cursor_of(SEALER) as cursor:
        assert anchors.anchor(cursor).problem == ""


def cut(now: dt.datetime | None = None) -> int:
    """The rule as the night carries it out, in a transaction of its own."""
    with system_scoped("retention"), transaction.atomic():
        return cuts.cut(now or timezone.now(), [TABLE])


def kept() -> list[str]:
    return list(verifier().anchor_lines(django_settings.AUDIT_ANCHOR_DIR))


def found(*trusted) -> list[str]:
    """Codes of what the verifier says of the database now."""
    connection = superuser()
    connection.autocommit = False
    with connection.cursor() as cursor:
        lines = exported(cursor)
    connection.close()
    return breaks(lines, *(trusted or (kept(), anchors.anchor_keys())))


def entries() -> list[tuple[int, int]]:
    return as_superuser("SELECT min(seq), max(seq) FROM accounts_auditchain")[0]


@pytest.fixture
def old(lab, writer, worker_role, settings, tmp_path):
    """Two acts of fourteen months ago, anchored, and two of today; answers the last entry of then."""
    settings.AUDIT_ANCHOR_DIR, settings.AUDIT_ARCHIVE_DIR = tmp_path / "anchors", tmp_path / "archive"
    writer.write("a", "b", reason="old one")
    writer.write("c", reason="old two")
    let_pass(425)
    anchor()
    last = entries()[1]
    writer.write("d", reason="new one")
    writer.write("e", "f", reason="new two")
    anchor()
    return last


def archives() -> list:
    return sorted(django_settings.AUDIT_ARCHIVE_DIR.iterdir())


def test_t59_the_old_part_goes_and_the_chain_still_verifies(old):
    with system_scoped("retention"), transaction.atomic():
        assert cuts.due(timezone.now()) == old
    assert found() == []
    assert cut() == old
    assert entries()[0] == old + 1
    assert as_superuser("SELECT count(*) FROM accounts_auditact WHERE reason LIKE 'old%'") == [(0,)]
    assert as_superuser(f"SELECT count(*) FROM {TABLE}") == [(6,)]
    assert found() == []
    assert cut() == 0
    anchor()
    assert found() == []


@pytest.mark.parametrize(("days", "goes"), [(395, False), (397, True)])
def test_t59_thirteen_months_are_the_limit(old, days, goes):
    """The newest acts grow older day by day; what is not thirteen months old stays."""
    cut()
    let_pass(days)
    anchor()
    assert (cut() > 0) is goes
    assert found() == []


def test_t59_a_second_cut_goes_on_from_the_first(old, writer):
    cut()
    let_pass(425)
    anchor()
    middle = entries()[1]
    writer.write("g", reason="newest")
    anchor()
    assert cut() == middle - old
    assert found() == []
    assert [json.loads(line)[7] is None for line in map(first_line, archives())] == [True, False]
    assert [cuts.verify_archive(path).breaks for path in archives()] == [[], []]


def first_line(path) -> bytes:
    with gzip.open(path, "rb") as lines:
        return next(lines)


TAMPERED = {
    "drop the cut": ("DELETE FROM accounts_auditcut", ["carried_differs", "entry_missing"]),
    "alter its seal": (
        "UPDATE accounts_auditcut SET hash = sha256('forged')",
        ["anchor_differs", "cut_forged", "prev_differs"],
    ),
    "alter its count": ("UPDATE accounts_auditcut SET entries = entries - 1", ["cut_forged"]),
    "backdate it": ("UPDATE accounts_auditcut SET cut_at = cut_at - interval '1 day'", ["cut_forged"]),
    "cut further": (
        """DELETE FROM accounts_auditevent e USING accounts_auditact a WHERE a.id = e.act_id AND a.reason = 'new one';
           UPDATE accounts_auditcut u SET (seq, hash, sealed_at) = (c.seq, c.hash, c.sealed_at)
               FROM accounts_auditchain c WHERE c.seq = u.seq + 2;
           DELETE FROM accounts_auditact WHERE reason = 'new one';
           DELETE FROM accounts_auditchain WHERE seq <= (SELECT max(seq) FROM accounts_auditcut);
           DELETE FROM audit_lab WHERE name = 'd'""",
        ["cut_forged"],
    ),
    "drop a carried event": (
        "DELETE FROM accounts_auditcarried WHERE seq = (SELECT max(seq) FROM accounts_auditcarried)",
        ["carried_differs", "row_without_event"],
    ),
    "alter a carried event and its row": (
        """UPDATE audit_lab SET name = 'other' WHERE name = 'c';
           UPDATE accounts_auditcarried SET digest = (
               SELECT sha256(decode(row_digest, 'hex')) FROM audit_frozen_rows('audit_lab', 'id')
               WHERE row_key = (SELECT id::text FROM audit_lab WHERE name = 'other'))
               WHERE seq = (SELECT max(seq) FROM accounts_auditcarried)""",
        ["carried_differs"],
    ),
    "alter an old frozen row": ("UPDATE audit_lab SET name = 'other' WHERE name = 'a'", ["row_changed"]),
}


def tampered(names, *trusted) -> dict[str, list[str]]:
    """What the verifier says after each change alone; every change is undone before the next."""
    connection = superuser()
    connection.autocommit = False
    said = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in names:
            cursor.execute("SAVEPOINT before")
            cursor.execute(TAMPERED[name][0])
            said[name] = breaks(exported(cursor), *trusted)
            cursor.execute("ROLLBACK TO before")
    connection.rollback()
    connection.close()
    return said


def test_t59_a_forged_or_missing_cut_is_refused(old):
    cut()
    assert tampered(TAMPERED, kept(), anchors.anchor_keys()) == {
        name: codes for name, (_, codes) in TAMPERED.items()
    }
    assert found(None, None) == ["cut_unproved"]
    assert found(None, [b"another key"]) == ["cut_forged"]


def test_t59_negative_control_without_the_mark_somebody_cuts_further_unnoticed(old, monkeypatch):
    cut()
    verifier()
    monkeypatch.setattr(sys.modules["audit_marks"].Cut, "problem", lambda *_: None)
    assert tampered(["cut further"], kept(), anchors.anchor_keys()) == {"cut further": []}


def test_t59_the_archive_is_verified_alone(old, tmp_path):
    cut()
    key = tmp_path / "key"
    key.write_bytes(b"some other key\n" + anchors.anchor_key() + b"\n")
    (path,) = archives()
    assert path.name.endswith(f"-1-{old}.jsonl.gz")
    assert verify(path, key) == (0, f"OK: {old} entries")
    call_command("verify_audit", archive=path)
    lines = gzip.decompress(path.read_bytes()).splitlines()
    for what, changed in {
        "one reason": [line.replace(b"old one", b"old 0ne") for line in lines],
        "an entry less": lines[:5] + lines[6:],
        "the last entry less": lines[:-2] + lines[-1:],
        "the mark": [*lines[:-1], lines[-1].replace(b'"]]', b'0"]]')],
        "no cut": [*lines[:-1], b"[6]"],
        "the end less": lines[:-1],
    }.items():
        forged = tmp_path / "forged.jsonl"
        forged.write_bytes(b"\n".join(changed))
        assert (what, verify(forged, key)[0]) == (what, 1)


def verify(path, key) -> tuple[int, str]:
    """Exit code and first words of the stand-alone program."""
    done = subprocess.run(
        [sys.executable, PROGRAM, "--archive", path, "--key-file", key], capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()[-1].partition(",")[0]


def test_t59_killed_after_the_archive_before_the_commit(old):
    with system_scoped("retention"):
        with transaction.atomic():
            cuts.cut(timezone.now(), [TABLE])
            transaction.set_rollback(True)
        assert (len(archives()), entries()[0]) == (1, 1)
    assert cut() == old
    assert (len(archives()), found()) == (1, [])


def test_t59_a_restored_back_up_is_cut_again(old):
    before = Snapshot.take()
    assert cut() == old
    before.restore()
    assert entries()[0] == 1
    assert cut() == old
    assert (len(archives()), found()) == (1, [])


def test_t59_a_broken_part_stays_as_evidence(old):
    as_superuser("UPDATE accounts_auditact SET reason = 'other' WHERE reason = 'old one'")
    with pytest.raises(cuts.PrefixBroken, match="content_differs"):
        cut()
    assert (entries()[0], archives()) == (1, [])


def test_t59_after_a_change_of_the_key_old_marks_still_hold(old, settings):
    cut()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    before, settings.AUDIT_ANCHOR_KEY = anchors.anchor_key(), "a new key of the anchors"
    assert anchors.anchor_keys()[0] == b"a new key of the anchors"
    assert before in anchors.anchor_keys()
    assert found() == []
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [], "x" * 50
    assert found() == ["anchor_mac", "cut_forged"]


def call(role: str, sql: str) -> str:
    """The error code of a statement that a database role is refused."""
    connection = connect(role)
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as error:
        cursor.execute(sql)
    connection.close()
    return error.value.pgcode


def test_t59_the_database_itself_refuses_other_cuts(old):
    arguments = "ARRAY['audit_lab'], now(), 0, '', 'x', 'x')"
    newest = entries()[1]
    for role, code in (("cunxuan_web", "42501"), ("cunxuan_owner", "42501"), ("cunxuan_worker", "42501")):
        assert call(role, f"SELECT audit_cut({old}, {arguments}") == code
    for last in (newest, newest + 5, old - 1):  # too young, not there, inside an act
        with system_scoped("retention"):
            assert refused(f"SELECT audit_cut({last}, {arguments}") == "CX006"


def refused(sql: str) -> str:
    """The error code that the worker gets in its scope."""
    try:
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as error:
        return error.__cause__.pgcode
    return ""


def test_t59_what_is_not_anchored_outside_is_not_cut(lab, writer, worker_role, settings, tmp_path):
    settings.AUDIT_ANCHOR_DIR, settings.AUDIT_ARCHIVE_DIR = tmp_path / "anchors", tmp_path / "archive"
    writer.write("a")
    as_superuser("DELETE FROM accounts_auditanchor")
    let_pass(425)
    with pytest.raises(DatabaseError, match="not anchored"):
        cut()


def test_t59_archives_go_after_five_years(settings, tmp_path):
    settings.AUDIT_ARCHIVE_DIR = tmp_path
    path = tmp_path / "audit-2020-01-01-1-9.jsonl.gz"
    path.touch()
    ends = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + cuts.KEPT + cuts.ARCHIVED
    assert cuts.remove_archives(ends) == 0
    assert cuts.remove_archives(ends + DAY) == 1
    assert list(tmp_path.iterdir()) == []
