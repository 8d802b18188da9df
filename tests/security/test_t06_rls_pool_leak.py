"""T06: persistent connections, alternating townships, random aborts: never another township's row.

The short form runs 8 clients of 40 transactions; the long form 50 clients of 2,000.
"""

import random
import threading

import pytest
from django.db import connections, transaction

from accounts.scope import enter
from accounts.scope.entry import issue
from elections.models import Org

TOWNS = ("town", "sibling_town", "cousin_town", "foreign_town")


class AbortedByTest(Exception):
    pass


def foreign_rows(cast, *, clients: int, turns: int) -> list[str]:
    """Codes of rows seen outside the scope in force, over all clients."""
    tokens = {key: issue(f"pool-{key}", cast.people[key].pk) for key in TOWNS}
    found: list[str] = []

    def client(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(turns):
                key = dice.choice(TOWNS)
                try:
                    with transaction.atomic(using="default"):
                        enter(tokens[key])
                        codes = list(Org.objects.values_list("area__code", flat=True))
                        home = cast.people[key].area.code
                        found.extend(code for code in codes if not code.startswith(home))
                        if not codes:
                            found.append(f"{key} saw nothing")
                        if dice.random() < 0.3:
                            raise AbortedByTest
                except AbortedByTest:
                    pass
                if dice.random() < 0.3:
                    with transaction.atomic(using="default"):
                        found.extend(Org.objects.values_list("area__code", flat=True))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_t06_rls_pool_leak(committed, cast):
    assert foreign_rows(cast, clients=8, turns=40) == []


@pytest.mark.long
def test_t06_rls_pool_leak_long(committed, cast):
    assert foreign_rows(cast, clients=50, turns=2000) == []


def test_t06_negative_control_a_session_level_set_leaks(committed, cast):
    token = issue("pool-control", cast.town.pk)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.scope_token', %s, false)", [token])
    with transaction.atomic(using="default"):
        leaked = Org.objects.count()
    connections["default"].close()
    assert leaked == 3
