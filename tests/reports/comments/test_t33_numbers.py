"""T33: numbers of comments run without gaps and without doubles, however many send at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from accounts import audit
from accounts.scope import scoped
from reports.actions.comment_sending import take_numbers
from reports.models import CommentSeries

WORKERS, EACH = 8, 12


def take(cast, worker: int, *, fails: bool) -> list[int]:
    """Take numbers in transactions of their own; every third one fails after it has its number."""
    taken = []
    try:
        for turn in range(EACH):
            try:
                with scoped(cast.county) as by:
                    audit.act(by, "test.cast")
                    number = take_numbers(by.area.pk, 2026, "letter", 1)
                    if fails and (worker + turn) % 3 == 0:
                        raise RuntimeError("the sending failed")
            except RuntimeError:
                continue
            taken.append(number)
    finally:
        connections.close_all()
    return taken


def test_t33_comment_numbers(committed, cast):
    with ThreadPoolExecutor(WORKERS) as pool:
        found = [n for taken in pool.map(lambda w: take(cast, w, fails=True), range(WORKERS)) for n in taken]
    assert len(found) == WORKERS * EACH * 2 // 3
    assert sorted(found) == list(range(1, len(found) + 1))
    assert CommentSeries.objects.using("owner").get().last == len(found)


def test_t33_series_are_apart(committed, cast):
    with scoped(cast.county) as by:
        audit.act(by, "test.cast")
        own = by.area.pk
        assert [take_numbers(own, 2026, "letter", 3), take_numbers(own, 2026, "letter", 1)] == [1, 4]
        assert [take_numbers(own, 2027, "letter", 1), take_numbers(own, 2026, "phone", 1)] == [1, 1]
        transaction.set_rollback(True)


def test_t33_negative_control_numbers_read_before_writing_collide(committed, cast):
    """The highest number plus one, read without the lock, gives two the same."""
    from threading import Barrier

    together = Barrier(2, timeout=10)

    def careless(_: int) -> int:
        try:
            with scoped(cast.county):
                number = CommentSeries.objects.filter(channel="letter").count() + 1
                together.wait()
                return number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(careless, range(2)))
    with pytest.raises(AssertionError):
        assert sorted(found) == [1, 2]
