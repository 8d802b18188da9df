"""T10: search, filter, sort, count, cursor, duplicate, import and error text say nothing of other units.

A probe asks the same thing once about something of another unit and once about something that does not exist; the
two answers must be the same to the byte.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.scope import scoped
from elections.imports import OrgResource
from tests.helpers import as_owner
from tests.security.relations import ABSENT, COUNTY_STAFF, normal, seat_county_staff
from tests.security.stage import stage_of, workbook


@dataclass(frozen=True)
class Probe:
    """`{}` in the address or the data is what is asked about; `foreign` may name a word of the fixture `ids`."""

    member: str
    url: str
    foreign: str
    absent: str
    data: dict[str, Any] = field(default_factory=dict)
    method: str = "GET"


VILLAGE, UNIT, ABSENT_VILLAGE, ABSENT_UNIT = "990102101201", "990102101", "990199199299", "990199199"
NAME, ABSENT_NAME = "里石塔村", "里石木村"
PATH, ABSENT_PATH = "99/9901/990102/990102101/990102101201/", "99/9901/990199/990199199/990199199299/"
GRANT = {"role": "second_entry", "area": "{}", "office_name": "街道", "department": "", "units": "",
         "valid_from": "2026-01-01", "valid_to": ""}  # fmt: skip

PROBES = [
    # search and filters
    Probe("town", "/orgs/?q={}", NAME, ABSENT_NAME),
    Probe("town", "/orgs/?q={}", VILLAGE, ABSENT_VILLAGE),
    Probe("town", "/api/v1/orgs/?q={}", NAME, ABSENT_NAME),
    Probe("county", "/orgs/?q={}", NAME, ABSENT_NAME),
    Probe("leader", "/orgs/?q={}", "岭四村", ABSENT_NAME),
    Probe("leader", "/api/v1/orgs/?q={}", "岭四村", ABSENT_NAME),
    Probe("county", "/system/users/?q={}", "cousin_town", "cousin_nobody"),
    Probe("county", "/system/users/?area={}", UNIT, ABSENT_UNIT),
    Probe("county_admin", "/system/users/?q={}", "foreign_town", "foreign_none"),
    Probe("county", "/api/v1/users/?q={}", "cousin_town", "cousin_nobody"),
    Probe("county", "/system/areas/?q={}", NAME, ABSENT_NAME),
    Probe("town", "/api/v1/areas/?q={}", NAME, ABSENT_NAME),
    Probe("town", "/api/v1/areas/?within={}", UNIT, ABSENT_UNIT),
    Probe("town", "/api/v1/areas/?parent={}", UNIT, ABSENT_UNIT),
    Probe("county_auditor", "/api/v1/audit/acts/?where={}", UNIT, ABSENT_UNIT),
    Probe("county_auditor", "/api/v1/audit/acts/?person={}", "测试cousin_town", "测试cousin_none"),
    Probe("town", "/api/v1/jobs/?subject={}", "stage-foreign", "stage-nothing"),
    # cursors and rounds
    Probe("town", "/orgs/?after={}", PATH, ABSENT_PATH),
    Probe("town", "/orgs/?before={}", PATH, ABSENT_PATH),
    Probe("town", "/orgs/?round={}", "round", str(ABSENT)),
    Probe("town", "/api/v1/orgs/?round={}", "round", str(ABSENT)),
    Probe("town", "/orgs/counts/?round={}", "round", str(ABSENT)),
    Probe("county", "/system/users/?after={}", "cousin_town", "cousin_tow0"),
    # counts and totals
    Probe("town", "/orgs/counts/?unit={}", UNIT, ABSENT_UNIT),
    Probe("county", "/reports/rollup/?open=visits&of={}", UNIT, ABSENT_UNIT),
    Probe("county", "/reports/rollup/?open=townships&of={}", UNIT, ABSENT_UNIT),
    Probe("county", "/reports/completeness/?open={}", UNIT, ABSENT_UNIT),
    Probe("county", "/reports/rollup/villages/", UNIT, ABSENT_UNIT, {"open": "visits", "of": "{}"}, "POST"),
    # error texts of what is written
    Probe("county_admin", "/system/users/{{user}}/grant/", UNIT, ABSENT_UNIT, GRANT, "POST"),
    Probe("county_security", "/system/users/{{user}}/grant/", VILLAGE, ABSENT_VILLAGE,
          {**GRANT, "role": "leader", "area": "990101", "units": "{}"}, "POST"),
    Probe("county_admin", "/api/v1/users/{{user}}/assignments/", UNIT, ABSENT_UNIT,
          {**GRANT, "valid_to": None}, "JSON"),
    Probe("town", "/api/v1/daily/{{today}}/draft/", VILLAGE, ABSENT_VILLAGE,
          {"edits": [{"village": "{}", "key": "visits", "text": "1", "base": 0}]}, "PUT"),
    Probe("town", "/api/v1/daily/{{today}}/draft/", VILLAGE, ABSENT_VILLAGE, {"confirm": ["{}"]}, "PUT"),
    Probe("town", "/reports/daily/{{today}}/", VILLAGE, ABSENT_VILLAGE, {"c.{}.visits": "5"}, "POST"),
    Probe("town", "/login/?next=/orgs/{}/", VILLAGE, ABSENT_VILLAGE),
]  # fmt: skip


@pytest.fixture
def stage_for(committed, settings, tmp_path, cast):
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path
    seat_county_staff(cast)
    yield lambda key: stage_of(key, cast)
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


MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+08:00")


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


def test_t10_import_preview_says_the_same_of_every_foreign_village(cast, stage_for, tmp_path):
    """That a code exists is published reference data; whether there is a record behind it is not said."""
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
