"""T26: the outside store is out of reach: filing goes on, an alarm within ten minutes, nothing lost afterwards."""

import json

import pytest

from accounts.alarms import Level
from accounts.audit import anchors
from accounts.audit.verification import cursor_of, verifier
from config import health
from config.databases import SEALER
from tests.accounts.audit.lab import exported, whole
from tests.snapshot import superuser


@pytest.fixture
def outside(settings, tmp_path):
    settings.AUDIT_ANCHOR_DIR = tmp_path / "outside"
    return settings.AUDIT_ANCHOR_DIR


def run() -> anchors.Delivery:
    with cursor_of(SEALER) as cursor:
        return anchors.anchor(cursor)


def age(lab, minutes: int) -> None:
    """Let `minutes` pass for every anchor: the database's clock cannot be moved, its rows can."""
    with lab.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE accounts_auditanchor SET at = at - make_interval(mins => %s),"
            " delivered_at = delivered_at - make_interval(mins => %s)",
            [minutes, minutes],
        )
        cursor.execute("SET session_replication_role = origin")


def kept(directory) -> list[dict]:
    return [json.loads(line) for line in (directory / "anchors.jsonl").read_text().splitlines()]


def test_t26_store_out_of_reach_for_fifteen_minutes(lab, writer, outside):
    writer.write("before")
    assert run() == anchors.Delivery(1, 0, "")
    assert health.anchor_age().level == Level.OK
    outside.rename(outside.with_name("unplugged"))
    outside.write_text("a file where the store was mounted")
    for round in range(3):
        age(lab, 5)
        writer.write(f"filed meanwhile {round}")
        assert run()[:2] == (0, round + 1)
    assert health.anchor_age().level == Level.ALARM
    outside.unlink()
    outside.with_name("unplugged").rename(outside)
    assert run() == anchors.Delivery(4, 0, "")
    assert health.anchor_age().level == Level.OK
    assert len(kept(outside)) == 5
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        lines = exported(cursor)
        cursor.execute("ROLLBACK")
    connection.close()
    report = verifier().verify(lines, verifier().anchor_lines(outside), anchors.anchor_key())
    assert (report.breaks, report.anchors) == ([], 5)


@pytest.mark.parametrize(("minutes", "level"), [(9, Level.WARNING), (10, Level.ALARM)])
def test_t26_alarm_sounds_within_ten_minutes(lab, outside, minutes, level):
    outside.parent.mkdir(exist_ok=True)
    outside.write_text("not a directory")
    assert run().problem != ""
    age(lab, minutes)
    assert health.anchor_age().level == level


def test_t26_run_twice_or_killed_before_it_was_noted_delivers_again_and_verifies(lab, writer, outside):
    writer.write("a")
    with cursor_of(SEALER) as cursor:
        anchors.anchor(cursor)
        cursor.connection.rollback()  # killed after the store, before the commit
    assert run() == anchors.Delivery(1, 0, "")
    first, second = kept(outside)
    assert (first["seq"], first["hash"]) == (second["seq"], second["hash"])
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        lines = exported(cursor)
        cursor.execute("ROLLBACK")
    connection.close()
    assert verifier().verify(lines, verifier().anchor_lines(outside), anchors.anchor_key()).breaks == []


def test_t26_two_runs_at_once_do_not_deliver_twice(lab, outside):
    with cursor_of(SEALER) as first:
        anchors.anchor(first)
        assert run() == anchors.Delivery(0, 0, "")
    assert len(kept(outside)) == 1


def test_t26_negative_control_a_store_that_answers_raises_no_alarm(lab, outside):
    assert run() == anchors.Delivery(1, 0, "")
    age(lab, 5)
    run()
    assert health.anchor_age().level == Level.OK


def test_short_head_is_what_the_bulletin_prints(lab, writer):
    writer.write("a")
    report = whole()
    assert anchors.short_head(using="owner") == report.head
    assert len(report.head.split("·")[0]) == 12
