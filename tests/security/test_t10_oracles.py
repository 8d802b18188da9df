"""T10: search, filter, sort, count, cursor, duplicate, import and error text say nothing of other units.

A probe asks the same thing once about something of another unit and once about something that does not exist; the
two answers must be the same to the byte.
"""

import itertools
import json
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connections
from django.test import Client
from openpyxl import load_workbook

from accounts.scope import scoped
from elections.imports import OrgResource
from tests.helpers import as_owner
from tests.security.oracles import ABSENT_NAME, NAME, PROBES, VILLAGE, Probe, generated
from tests.security.relations import COUNTY_STAFF, normal, seat_county_staff
from tests.security.stage import workbook
from tests.security.staged import Stages
from tests.snapshot import Snapshot

BY_MEMBER = attrgetter("member")


@pytest.fixture(scope="module")
def stages(snapshot, cast, django_db_blocker, tmp_path_factory) -> Iterator[Stages]:
    """Stages over the cast with the staff of a county."""
    with django_db_blocker.unblock():
        seat_county_staff(cast)
        yield Stages(cast, Snapshot.take(), tmp_path_factory.mktemp("stages"))
        connections.close_all()
        snapshot.restore()
    for key in COUNTY_STAFF:
        cast.people.pop(key)
        cast.users.pop(key)


def put_in(value: Any, asked: str) -> Any:
    if isinstance(value, dict):
        return {key.replace("{}", asked): put_in(part, asked) for key, part in value.items()}
    if isinstance(value, list):
        return [put_in(part, asked) for part in value]
    return value.replace("{}", asked) if isinstance(value, str) else value


def answer_to(probe: Probe, asked: str, client: Client, words: dict[str, Any]) -> tuple:
    url = probe.url.replace("{}", asked)
    for name in ("user", "today"):
        url = url.replace(f"{{{{{name}}}}}", str(words[name]))
    data = put_in(probe.data, asked)
    if probe.method == "GET":
        answer = client.get(url)
    elif probe.method == "POST":
        answer = client.post(url, data, follow=True)
    else:
        method = "POST" if probe.method == "JSON" else probe.method
        answer = client.generic(method, url, json.dumps(data), content_type="application/json")
    answer.whole = answer.content
    status, body, headers = normal(answer, "no such value")
    return status, plain(body, asked), [(name, text.replace(asked, "?")) for name, text in headers]


# Also as a page prints it: two pages that are the same are drawn at two moments.
MOMENT = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+08:00)?")


def plain(body: bytes, asked: str) -> bytes:
    """Without the time and what the question itself said, as text, in an address, or escaped in JSON."""
    body = MOMENT.sub(b"-", body)
    for spelling in {asked, quote(asked), quote(asked, safe=""), json.dumps(asked)[1:-1]}:
        body = body.replace(spelling.encode(), b"?")
    return body


@pytest.mark.parametrize(
    "probe", PROBES, ids=lambda probe: f"{probe.member} {probe.url[:40]} {probe.foreign[:12]}"
)
def test_t10_oracles(probe, cast, stage_for):
    words = stage_for(probe.member).words
    client = Client()
    client.force_login(cast.users[probe.member])
    foreign = str(cast.rounds["9902"].pk) if probe.foreign == "round" else probe.foreign
    assert answer_to(probe, foreign, client, words) == answer_to(probe, probe.absent, client, words)


def test_t10_there_are_five_hundred_probes():
    assert len(PROBES) + len(list(generated())) >= 500


@pytest.mark.long
def test_t10_oracles_long(cast, stage_for):
    """Every generated probe, member by member."""
    told = []
    for member, probes in itertools.groupby(sorted(generated(), key=BY_MEMBER), key=BY_MEMBER):
        words, client = stage_for(member).words, Client()
        client.force_login(cast.users[member])
        for probe in probes:
            foreign, absent = (
                answer_to(probe, asked, client, words) for asked in (probe.foreign, probe.absent)
            )
            if foreign != absent:
                told.append((member, probe.method, probe.url, probe.foreign, foreign[0], absent[0]))
    assert told == []


def test_t10_import_preview_says_the_same_of_every_foreign_village(cast, stage_for, tmp_path):
    """That a code exists is published reference data; whether there is a record behind it is not said."""
    stage_for("town")
    with as_owner():
        cast.orgs["990201101201"].__class__.objects.using("owner").filter(area__code="990201101201").delete()
    said = []
    for code in (VILLAGE, "990201101201"):
        path = tmp_path / f"{code}.xlsx"
        path.write_bytes(workbook("town", cast))
        book = load_workbook(path)
        cell = next(row[0] for row in book.active.iter_rows() if row[0].value == "990101001201")
        cell.value = code
        book.save(path)
        with scoped(cast.town) as scope:
            preview = OrgResource().import_data(path, scope=scope).preview
        said.append(
            (
                preview.errors,
                json.dumps(preview.to_json(), ensure_ascii=False, default=str).replace(code, "?"),
            )
        )
    assert said[0][0] == said[1][0] > 0
    assert said[0][1] == said[1][1]


def test_t10_a_taken_user_name_does_not_say_whose(cast, stage_for):
    stage_for("county_admin")
    client = Client()
    client.force_login(cast.users["county_admin"])
    pages = []
    for taken in ("sibling_town", "foreign_town"):
        answer = client.post("/system/users/new/", {"username": taken, "display_name": "新人"})
        answer.whole = answer.content
        pages.append(plain(normal(answer, "no such value")[1], taken))
    assert pages[0] == pages[1]


def test_t10_negative_control_a_count_of_everything_is_seen(cast, stage_for, monkeypatch):
    """Where the search reaches beyond the scope, the two answers differ."""
    monkeypatch.setattr("accounts.querysets.AreaQuerySet.visible_to", lambda rows, scope: rows.all())
    probe = Probe("county", "/system/areas/?q={}", NAME, ABSENT_NAME)
    with pytest.raises(AssertionError):
        test_t10_oracles(probe, cast, stage_for)
