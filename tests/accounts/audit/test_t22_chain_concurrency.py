"""T22: many writers, one chain, no fork."""

import threading
import time

import pytest

from tests.accounts.audit.lab import TABLE, whole


def write_for(writer, seconds: float, business: float, done: list[int]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with writer.connection, writer.cursor as cursor:
            writer.enter(cursor)
            writer.act(cursor)
            cursor.execute(f"INSERT INTO {TABLE} (name) VALUES ('x')")
            time.sleep(business)
        done.append(1)


def together(writers, target, *arguments) -> list[int]:
    done: list[int] = []
    threads = [threading.Thread(target=target, args=(writer, *arguments, done)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def check(writers, count: int, seconds: float, business: float) -> int:
    before = whole()
    done = together(writers(count), write_for, seconds, business)
    report = whole()
    assert report.breaks == []
    assert report.entries - before.entries == 2 * len(done)
    assert report.rows == len(done)
    return len(done)


def test_t22_eight_writers_make_one_chain_without_forks(lab, writers):
    """Short form: 8 writers for 2 seconds, no business time."""
    assert check(writers, 8, 2, 0) > 8


@pytest.mark.long
def test_t22_sixty_four_writers_make_one_chain_without_forks(lab, writers):
    assert check(writers, 64, 60, 0.05) > 64


UNLOCKED = """
    CREATE TABLE audit_lab_fork (seq bigint, prev text);
    GRANT SELECT, INSERT ON audit_lab_fork TO cunxuan_web;
    ALTER TABLE audit_lab_fork OWNER TO cunxuan_owner"""


def append_unlocked(writer, seconds: float, done: list[int]) -> None:
    """Reads the last entry without a lock and appends after it, as a naive chain does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with writer.connection, writer.cursor as cursor:
            cursor.execute(
                "INSERT INTO audit_lab_fork SELECT coalesce(max(seq), 0) + 1, coalesce(max(seq), 0)::text"
                " FROM audit_lab_fork"
            )
            time.sleep(0.002)
        done.append(1)


def test_t22_negative_control_a_chain_without_the_lock_forks(lab, writers):
    with lab.cursor() as cursor:
        cursor.execute(UNLOCKED)
        try:
            together(writers(4), append_unlocked, 0.5)
            cursor.execute("SELECT count(*) - count(DISTINCT prev) FROM audit_lab_fork")
            forks = cursor.fetchone()[0]
        finally:
            cursor.execute("DROP TABLE audit_lab_fork")
    assert forks > 0
