"""T21: a backend killed between data, event and seal leaves no row without its event and no event without rows."""

import random
import threading
import time

import psycopg2
import pytest

from tests.accounts.audit.lab import TABLE, breaks, exported, whole
from tests.snapshot import superuser


def keep_writing(writer, stop: threading.Event, done: list[int]) -> None:
    """Write act after act with pauses between data and commit, until killed or told to stop."""
    try:
        while not stop.is_set():
            with writer.connection, writer.cursor as cursor:
                writer.enter(cursor)
                writer.act(cursor)
                time.sleep(0.001)
                cursor.execute(f"INSERT INTO {TABLE} (name) SELECT 'row' FROM generate_series(1, 20)")
                time.sleep(0.001)
                cursor.execute(f"INSERT INTO {TABLE} (name) VALUES ('last')")
            done.append(1)
    except psycopg2.Error:
        return


def kill_writers(lab, writers, kills: int) -> int:
    """Kill `kills` backends at random moments; returns how many acts were acknowledged."""
    chance, done = random.Random(21), []
    for _ in range(kills):
        (writer,) = writers(1)
        stop = threading.Event()
        thread = threading.Thread(target=keep_writing, args=(writer, stop, done))
        thread.start()
        time.sleep(chance.uniform(0.005, 0.06))
        with lab.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [writer.connection.info.backend_pid])
        stop.set()
        thread.join(timeout=10)
        assert not thread.is_alive()
    return len(done)


def check(lab, writers, kills: int) -> None:
    acknowledged = kill_writers(lab, writers, kills)
    time.sleep(0.2)
    report = whole()
    assert report.breaks == []
    assert report.rows % 21 == 0
    # A commit may have happened whose answer the killed client never got: at most one for each kill.
    assert 0 <= report.rows // 21 - acknowledged <= kills


def test_t21_ten_kills_leave_rows_and_events_equal(lab, writers):
    """Short form: 10 kills."""
    check(lab, writers, 10)


@pytest.mark.long
def test_t21_two_hundred_kills_leave_rows_and_events_equal(lab, writers):
    check(lab, writers, 200)


def test_t21_negative_control_rows_of_a_table_without_trigger_are_found(lab, writer):
    writer.write("kept")
    connection = superuser()
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER audit_insert")
        cursor.execute(f"INSERT INTO {TABLE} (name) VALUES ('unseen')")
        assert breaks(exported(cursor)) == ["row_without_event"]
    connection.rollback()
    connection.close()
