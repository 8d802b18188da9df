"""T34: mixed work on the same days at once: no deadlock reaches anybody, and what crosses is done again, three times at
most."""

import datetime
import threading
import time

import pytest
from django.db import connections, transaction
from django.test import Client

from accounts import middleware
from reports.actions.rollup import fold
from reports.rules.days import local_day
from tests.helpers import log_in
from tests.outages.test_t38_postgres_gone import Filer, assert_whole, filers
from tests.snapshot import superuser

READERS = (("city", "/reports/rollup/"), ("county", "/reports/completeness/"), ("county", "/"))


@pytest.mark.parametrize(("seconds"), [5, pytest.param(1_800, marks=pytest.mark.long)], ids=["short", "long"])
def test_t34_mixed_load(committed, cast, seconds):
    """Townships file and correct, offices read, the roll-up folds, all on the same days."""
    ends = time.monotonic() + seconds
    found: list[Filer] = filers(cast)
    answers: list[int] = []
    threads = [threading.Thread(target=read, args=(cast, *reader, ends, answers)) for reader in READERS]
    threads += [threading.Thread(target=type_on, args=(one, cast, ends, answers)) for one in found * 2]
    threads.append(threading.Thread(target=fold_on, args=(cast, ends)))
    for thread in [*found, *threads]:
        thread.start()
    for thread in [*threads, *found]:
        thread.join(seconds + 120)
    assert [repr(one.error) for one in found] == ["None"] * len(found)
    assert "acts_crossed" not in {code for one in found for _, code in one.seen}
    assert set(answers) == {200}
    assert_whole(found)


def read(cast, who: str, url: str, ends: float, answers: list[int]) -> None:
    client = log_in(Client(raise_request_exception=False), cast.users[who])
    try:
        while time.monotonic() < ends:
            answers.append(client.get(url).status_code)
    finally:
        connections.close_all()


def type_on(one: Filer, cast, ends: float, answers: list[int]) -> None:
    """Two tabs of one office type into the same cells of today."""
    client, number = Client(raise_request_exception=False), 0
    client.cookies = one.client.cookies
    url = f"/api/v1/daily/{local_day(datetime.datetime.now(datetime.UTC))}/"
    try:
        codes = [village["code"] for village in client.get(url).json()["villages"]]
        while time.monotonic() < ends:
            number += 1
            edits = [{"village": code, "key": "visits", "text": str(number), "base": 0} for code in codes]
            answers.append(
                client.put(f"{url}draft/", {"edits": edits}, content_type="application/json").status_code
            )
    finally:
        connections.close_all()


def fold_on(cast, ends: float) -> None:
    """The roll-up, over and over."""
    try:
        while time.monotonic() < ends:
            with transaction.atomic(using="owner"):
                fold(cast.rounds["9901"], by=None, until=datetime.date.today(), using="owner")
    finally:
        connections.close_all()


def crossing(cast, monkeypatch, settings, attempts: int) -> list[int]:
    """Two requests that take the same two locks in opposite order, at the same moment."""
    settings.ROOT_URLCONF = "tests.security.late_urls"
    monkeypatch.setattr(middleware, "ATTEMPTS", attempts)
    gate, answers = threading.Barrier(2), []

    def ask(who: str, url: str) -> None:
        client = log_in(Client(raise_request_exception=False), cast.users[who])
        gate.wait(10)
        try:
            answers.append(client.get(url).status_code)
        finally:
            connections.close_all()

    asked = (("town", "/crossing/71/72/"), ("county", "/crossing/72/71/"))
    threads = [threading.Thread(target=ask, args=one) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(answers)


def deadlocks() -> int:
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        count = cursor.fetchone()[1]
    connection.close()
    return count


def test_t34_a_deadlock_is_done_again_unseen(committed, cast, monkeypatch, settings):
    before = deadlocks()
    assert crossing(cast, monkeypatch, settings, attempts=3) == [200, 200]
    assert deadlocks() > before


def test_t34_negative_control_without_another_attempt_somebody_sees_it(
    committed, cast, monkeypatch, settings
):
    assert crossing(cast, monkeypatch, settings, attempts=1) == [200, 503]
