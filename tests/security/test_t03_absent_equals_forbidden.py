"""T03: a foreign object and an absent one get the same status and the same bytes, after the same time."""

import random
import statistics
import time

import pytest
from django.test import Client

from tests.security.expected_routes import ROUTES
from tests.security.relations import ABSENT, Others, normal, pairs
from tests.security.stage import job_of, stage_of

READING = [route for route in ROUTES if route.picks and "GET" in route.methods]
PAIRS, LONG_PAIRS = 40, 1_000
MEMBERS = ("city", "county", "town")


@pytest.fixture
def reader(committed, settings, tmp_path, cast):
    """reader("town") gives the client and the words of a member."""
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path

    def open_as(key: str):
        client = Client()
        client.force_login(cast.users[key])
        return client, stage_of(key, cast), Others(cast, key)

    return open_as


def test_t03_absent_equals_forbidden(cast, reader):
    compared, different = 0, []
    for key in MEMBERS:
        client, stage, others = reader(key)
        role = getattr(cast, key).role
        for route in READING:
            if role in route.methods["GET"]:
                for relation, foreign, absent in pairs(route, "GET", stage, others, client):
                    compared += 1
                    if foreign != absent or foreign[0] != 404:
                        different.append((key, route.name, relation, foreign[0], absent[0]))
    assert different == []
    assert compared >= PAIRS


def auc(first: list[float], second: list[float]) -> float:
    """How well one threshold tells the two apart: 0.5 not at all, 1 always (ties count half)."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    above = sum(rank for rank, (_, kind) in enumerate(ranked, start=1) if kind == 1)
    area = (above - len(second) * (len(second) + 1) / 2) / (len(first) * len(second))
    return max(area, 1 - area)


def timed(client: Client, url: str) -> tuple[float, bytes]:
    started = time.perf_counter()
    answer = client.get(url)
    took = time.perf_counter() - started
    answer.whole = answer.content
    return took, normal(answer, url.rstrip("/").rsplit("/", 1)[1])[1]


@pytest.mark.long
@pytest.mark.parametrize("url", ["/orgs/{}/", "/api/v1/orgs/{}/", "/jobs/{}/", "/api/v1/jobs/{}/"])
def test_t03_absent_equals_forbidden_long(url, cast, reader):
    """Order of each pair is drawn, so that a warm cache helps neither."""
    client, _, _ = reader("town")
    foreign = job_of("cousin_town", cast) if "jobs" in url else "990102101201"
    absent = ABSENT if "jobs" in url else "990199199299"
    chance, times, bodies = random.Random(3), {foreign: [], absent: []}, {foreign: set(), absent: set()}
    for _ in range(20):
        timed(client, url.format(foreign)), timed(client, url.format(absent))
    for _ in range(LONG_PAIRS // 4):
        for value in chance.sample([foreign, absent], 2):
            took, body = timed(client, url.format(value))
            times[value].append(took)
            bodies[value].add(body)
    assert bodies[foreign] == bodies[absent]
    assert len(bodies[foreign]) == 1
    assert auc(times[foreign], times[absent]) <= 0.55


def test_t03_negative_control_a_slower_refusal_is_told_apart():
    chance = random.Random(4)
    plain = [chance.gauss(10, 1) for _ in range(1000)]
    slower = [chance.gauss(10.5, 1) for _ in range(1000)]
    assert auc(plain, [chance.gauss(10, 1) for _ in range(1000)]) <= 0.55
    assert auc(plain, slower) > 0.55
    assert statistics.median(slower) > statistics.median(plain)
