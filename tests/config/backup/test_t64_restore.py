"""T64 and T65: any second comes back whole, and a back-up that was tampered with does not come back at all."""

import datetime as dt
import io
import threading
import time

import psycopg2
import pytest
from django.core.management import call_command

from accounts.retention import rules
from config.backup import drill, restore, server, setup, take, vault, wal
from config.databases import AUDITOR, OWNER, role_password
from tests.snapshot import superuser

SHORT = 120.0


@pytest.fixture
def backups(committed, settings, tmp_path):
    """A place for back-ups, and the log received from now on; `backups()` waits until all of it has come."""
    settings.BACKUP_DIR, settings.BACKUP_KEY_FILE = tmp_path / "backups", tmp_path / "keys" / "backup"
    settings.AUDIT_ANCHOR_DIR = tmp_path / "none"
    tmp_path.chmod(0o711)
    # The role of docs/operations.md, and nothing more.
    ask("CREATE ROLE t64_standby LOGIN REPLICATION PASSWORD 'x'; GRANT pg_read_all_stats TO t64_standby")
    place = superuser_address()
    settings.BACKUP_URL = f"postgresql://t64_standby:x@{place['host']}:{place['port']}/postgres"
    stop = threading.Event()
    receiver = threading.Thread(target=wal.receive, args=(stop.is_set,))
    receiver.start()

    def wait() -> None:
        ((target,),) = ask("SELECT pg_current_wal_lsn()::text")
        end = time.monotonic() + 20
        while ask(f"SELECT coalesce('{wal.received_up_to() or '0/0'}'::pg_lsn >= '{target}', false)") != [
            (True,)
        ]:
            assert time.monotonic() < end, (settings.BACKUP_DIR / "receive.log").read_text()
            time.sleep(0.05)

    yield wait
    stop.set()
    receiver.join()
    ask(f"SELECT pg_drop_replication_slot('{server.SLOT}')")
    ask("DROP ROLE t64_standby")


def ask(sql: str) -> list:
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def counts() -> dict[str, int]:
    """Rows of every table the owner reads, now."""
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            f" AND NOT relispartition AND has_table_privilege('{OWNER}', oid, 'SELECT')"
        )
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SET ROLE {OWNER}; SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
            cursor.execute("RESET ROLE")
    connection.close()
    return found


def test_t64_a_named_second_before_the_damage_comes_back(backups, cast, lab_write):
    take.take()
    lab_write()
    before, ((good,),) = counts(), ask("SELECT clock_timestamp()")
    time.sleep(0.05)
    ask("SET session_replication_role = replica; UPDATE accounts_assignment SET office_name = 'spoilt'")
    ask("SET session_replication_role = replica; DELETE FROM accounts_auditevent")
    backups()

    report = drill.drill(good, timeout=SHORT)
    assert (report.counts, report.breaks) == (before, [])
    assert good - report.recovered_to < dt.timedelta(seconds=30)
    assert report.rto < SHORT
    # The negative control: the end of the log holds the damage, and the drill says so.
    damaged = drill.drill(None, timeout=SHORT)
    assert damaged.counts["accounts_auditevent"] == 0
    assert damaged.breaks != []
    assert list((server.root()).glob("drill-*")) == []


@pytest.mark.long
def test_t64_a_moment_outside_the_log_is_refused(backups):
    before = dt.datetime.now(dt.UTC)
    take.take()
    backups()
    with pytest.raises(server.BackupRefused, match="没有早于该时刻的备份"):
        restore.base_for(before)
    with pytest.raises(server.BackupRefused, match="还没有到该时刻"):
        drill.drill(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), timeout=SHORT)


@pytest.fixture
def lab_write(cast):
    """One act of a person, with a row under it."""

    def write() -> None:
        ask(
            "SET ROLE cunxuan_owner; UPDATE accounts_area SET name = name"
            " WHERE id = (SELECT min(id) FROM accounts_area)"
        )

    return write


def kept_file(tmp_path, settings, content: bytes = b"secret words " * 200_000):
    settings.BACKUP_KEY_FILE = tmp_path / "key"
    target = tmp_path / "one.tar"
    vault.keep(io.BytesIO(content), target)
    return target, content


def test_t65_what_was_kept_comes_back_and_rests_unreadable(tmp_path, settings):
    target, content = kept_file(tmp_path, settings)
    assert b"".join(vault.pieces(target)) == content
    assert b"secret words" not in target.read_bytes()
    assert target.stat().st_mode & 0o077 == 0
    assert settings.BACKUP_KEY_FILE.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"x", b"y" * vault.PIECE, b"z" * (vault.PIECE + 1)])
def test_t65_files_of_every_size(tmp_path, settings, content):
    target, _ = kept_file(tmp_path, settings, content)
    assert b"".join(vault.pieces(target)) == content


def spoilt(raw: bytes) -> dict[str, bytes]:
    step = len(vault.MAGIC)
    piece = vault._HEAD.size + vault.NONCE + vault.PIECE + vault.TAG
    first, second = raw[step : step + piece], raw[step + piece : step + 2 * piece]
    return {
        "one bit": raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:],
        "cut in a piece": raw[:-100],
        "cut after a piece": raw[: step + piece],
        "longer": raw + b"x",
        "pieces swapped": raw[:step] + second + first + raw[step + 2 * piece :],
        "piece gone": raw[:step] + raw[step + piece :],
        "another kind": b"x" + raw[1:],
        "empty": b"",
    }


def test_t65_every_change_is_noticed(tmp_path, settings):
    target, _ = kept_file(tmp_path, settings)
    raw, unnoticed = target.read_bytes(), []
    for what, bytes_ in spoilt(raw).items():
        target.write_bytes(bytes_)
        try:
            b"".join(vault.pieces(target))
            unnoticed.append(what)
        except vault.VaultBroken:
            pass
    assert unnoticed == []
    other = target.with_name("two.tar")
    other.write_bytes(raw)
    with pytest.raises(vault.VaultBroken):
        list(vault.pieces(other))
    target.write_bytes(raw)
    settings.BACKUP_KEY_FILE.write_text("another key")
    with pytest.raises(vault.VaultBroken):
        list(vault.pieces(target))


def test_t64_a_back_up_from_before_a_change_of_secret_key_opens_under_the_old_one(settings, monkeypatch):
    """The copied roles have the passwords of their time: tried with the fallbacks, refused in words without them."""
    passwords = {key: role_password(key, AUDITOR) for key in ("new", "old", "older")}

    def connect(**asked: object) -> str:
        if asked["password"] != passwords["old"]:
            raise psycopg2.OperationalError('FATAL:  password authentication failed for user "auditor"')
        return "in"

    monkeypatch.setattr(restore.psycopg2, "connect", connect)
    restored = restore.Restored.__new__(restore.Restored)  # no server: only how it is spoken to
    restored.port = 1
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["older", "old"]
    assert restored.connect() == "in"
    settings.SECRET_KEY_FALLBACKS = ["older"]
    with pytest.raises(server.BackupRefused, match="SECRET_KEY_FALLBACKS"):
        restored.connect()


def test_t65_after_a_change_of_key_both_are_read(tmp_path, settings):
    """Kept under the old key until the last back-up under it is gone; named no longer, it opens nothing."""
    before, content = kept_file(tmp_path, settings)
    settings.BACKUP_KEY_FILE.rename(tmp_path / "old_key")
    after = tmp_path / "two.tar"
    vault.keep(io.BytesIO(b"new"), after)
    assert b"".join(vault.pieces(after)) == b"new"
    with pytest.raises(vault.VaultBroken):
        list(vault.pieces(before))
    settings.BACKUP_OLD_KEY_FILES = [str(tmp_path / "old_key")]
    assert (b"".join(vault.pieces(before)), b"".join(vault.pieces(after))) == (content, b"new")
    settings.BACKUP_OLD_KEY_FILES = [str(tmp_path / "not there")]
    with pytest.raises(vault.VaultBroken):
        list(vault.pieces(after))


@pytest.mark.long
def test_t65_a_changed_base_a_lost_segment_and_a_foreign_key_stop_the_restore(backups, settings, capsys):
    base = take.take()
    ask("SELECT pg_switch_wal()")
    ask("CREATE TABLE public.t65 (); DROP TABLE public.t65; SELECT pg_switch_wal()")
    backups()
    ask("CREATE TABLE public.t65 (); DROP TABLE public.t65")
    backups()
    time.sleep(2.5)  # what is finished is encrypted once a second
    raw = base.archive.read_bytes()
    base.archive.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(SystemExit):
        call_command("restore_drill")
    assert "已损坏、被截断、被改动，或密钥不对" in capsys.readouterr().err
    base.archive.write_bytes(raw)
    kept = sorted((server.root() / "wal").iterdir())
    assert len(kept) >= 2
    kept[-1].rename(kept[-1].with_suffix(".away"))
    with pytest.raises(server.BackupRefused, match=r"不连续|缺少日志段"):
        drill.drill(None, timeout=SHORT)
    settings.BACKUP_KEY_FILE.write_text("another key")
    with pytest.raises(vault.VaultBroken):
        take.bases()


def test_t65_the_replication_role_reads_and_deletes_nothing(committed, settings):
    """The account that takes the back-ups can copy the server as a whole, and neither read nor delete a row."""
    ask("CREATE ROLE t65_standby LOGIN REPLICATION PASSWORD 'x'")
    connection = psycopg2.connect(**{**superuser_address(), "user": "t65_standby", "password": "x"})
    refused = []
    for statement in ("SELECT * FROM {}", "DELETE FROM {}", "TRUNCATE {}"):
        with connection.cursor() as cursor:
            try:
                cursor.execute(statement.format("public.accounts_auditact"))
            except psycopg2.Error as error:
                refused.append(error.pgcode)
        connection.rollback()
    connection.close()
    ask("DROP ROLE t65_standby")
    assert refused == ["42501"] * 3


def superuser_address() -> dict:
    connection = superuser()
    values = connection.get_dsn_parameters()
    connection.close()
    return {"host": values["host"], "port": values["port"], "dbname": values["dbname"]}


def base_of(days: float, now: dt.datetime) -> take.Base:
    at = now - dt.timedelta(days=days)
    return take.Base(at.strftime("%Y%m%dT%H%M%SZ"), at.isoformat(), "0" * 24, 18, 1)


def test_t65_without_the_key_only_names_are_read(settings, tmp_path):
    """Where the web runs there is no key: the health page tells the age from the names, and makes no key."""
    settings.BACKUP_DIR, settings.BACKUP_KEY_FILE = tmp_path / "backups", tmp_path / "absent"
    path = server.root() / "base" / f"20261122T000000Z-{'0' * 24}.json"
    path.write_bytes(b"sealed")
    assert [base.at for base in take.listed()] == [dt.datetime(2026, 11, 22, tzinfo=dt.UTC)]
    assert setup.age().value == "日志未接收"
    with pytest.raises(vault.VaultBroken):
        take.bases()
    assert settings.BACKUP_KEY_FILE.exists() is False


def test_35_days_and_12_months_are_kept():
    now = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
    found = [base_of(days, now) for days in range(500, -1, -1)]
    kept = take.kept_at(found, now)
    daily = [base for base in kept if now - base.at <= dt.timedelta(days=35)]
    older = [base.at for base in kept if base not in daily]
    assert len(daily) == 36
    assert {moment.day for moment in older} == {1}
    assert len({(moment.year, moment.month) for moment in older}) == len(older) == 11
    assert take.kept_at(found[:1], now) == found[:1]  # the newest stays, however old


def test_old_back_ups_go_by_a_rule():
    assert [rule.kept for rule in rules() if rule.code == "config.backups"] == [
        "每日 35 天，每月第一份 12 个月"
    ]
