"""The probes of T10: the same question once about something of another unit, once about something that is not.

`PROBES` are written out, one for each way of asking. `generated()` crosses lists with what they are asked by, who
asks, the relation of the other unit, filters and pages, and routes with the values of their words.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.security.relations import ABSENT


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

# Of each member: villages it may not see, as code and name, nearest first. The last is in another city.
OTHERS = {
    "town": (("990101102201", "后溪村"), (VILLAGE, NAME), ("990201101201", "东仓村")),
    "leader": (("990101001202", "岭四村"), (VILLAGE, NAME), ("990201101201", "东仓村")),
    "county": ((VILLAGE, NAME), ("990201101201", "东仓村"), ("990201101202", "汪宅村")),
    "city": (("990201101201", "东仓村"), ("990201101202", "汪宅村"), ("990201101001", "新亭社区")),
}
NOTHING = (ABSENT_VILLAGE, ABSENT_NAME)
# What a list may be narrowed by besides, in every combination that is possible on it.
NARROWED = {
    "/orgs/": ("", "kind=village", "kind=community", "due=yes", "pilot=no", "large=no", "missing=yes",
               "party=branch"),
    "/api/v1/orgs/": ("", "kind=village", "due=yes", "missing=yes", "page_size=1", "page_size=500"),
    "/api/v1/areas/": ("", "level=5", "in_electorate=true", "page_size=1"),
}  # fmt: skip
READERS_OF = {
    "/orgs/": ("town", "leader", "county", "city"),
    "/api/v1/orgs/": ("town", "leader", "county", "city"),
    "/api/v1/areas/": ("town", "county", "city"),
}
# Lists asked by the code of a unit: the word, and who may ask.
BY_UNIT = (
    ("/orgs/?unit={}", ("town", "county", "city")),
    ("/orgs/counts/?unit={}", ("town", "county", "city")),
    ("/reports/rollup/?unit={}", ("town", "county", "city")),
    ("/reports/rollup/?open=visits&of={}", ("county", "city")),
    ("/reports/rollup/?open=townships&of={}", ("county", "city")),
    ("/reports/completeness/?unit={}", ("town", "county", "city")),
    ("/reports/completeness/?open={}", ("county", "city")),
    ("/system/users/?area={}", ("county", "city", "county_admin")),
    ("/api/v1/areas/?within={}", ("town", "county", "city")),
    ("/api/v1/areas/?parent={}", ("town", "county", "city")),
    ("/api/v1/orgs/?unit={}", ("town", "county", "city")),
    ("/api/v1/orgs/counts/?unit={}", ("town", "county", "city")),
    ("/api/v1/rollups/?unit={}", ("town", "county", "city")),
    ("/api/v1/rollups/townships/?unit={}", ("county", "city")),
    ("/api/v1/rollups/villages/?key=visits&unit={}", ("town", "county", "city")),
    ("/api/v1/completeness/?unit={}", ("town", "county", "city")),
    ("/api/v1/metrics/?unit={}", ("town", "county", "city")),
    ("/reports/daily/{{today}}/?unit={}", ("town", "county", "city")),
    ("/api/v1/daily/{{today}}/?unit={}", ("town", "county", "city")),
    ("/api/v1/audit/acts/?where={}", ("county_auditor",)),
)
UNITS_OF = {
    "town": ("990101102", "990102101", "990201101", "990102", "9902"),
    "county": ("990102101", "990102", "990201101", "990201", "9902"),
    "city": ("990201101", "990201", "9902"),
}
# A code as the last part of an address, read and written.
BY_VILLAGE = (
    ("/orgs/{}/", ("town", "leader", "county", "city"), "GET", {}),
    ("/orgs/{}/print/", ("town", "leader", "county", "city"), "GET", {}),
    ("/orgs/{}/edit/", ("town",), "GET", {}),
    ("/orgs/{}/edit/", ("town",), "POST", {"population": "1001", "version": "1"}),
    ("/api/v1/orgs/{}/", ("town", "leader", "county", "city"), "GET", {}),
    ("/api/v1/orgs/{}/", ("town",), "PATCH", {"population": 1002, "version": 1}),
    ("/api/v1/daily/{{today}}/draft/", ("town",), "PUT",
     {"edits": [{"village": "{}", "key": "visits", "text": "1", "base": 0}]}),
    ("/api/v1/daily/{{today}}/draft/", ("town",), "PUT",
     {"edits": [{"village": "{}", "key": "trainings", "text": "x", "base": 3}]}),
    ("/api/v1/daily/{{today}}/draft/", ("town",), "PUT", {"confirm": ["{}"]}),
    ("/reports/daily/{{today}}/", ("town",), "POST", {"c.{}.visits": "5"}),
    ("/login/?next=/orgs/{}/", ("town", "leader", "county", "city"), "GET", {}),
)  # fmt: skip
PERSONS_OUTSIDE = {
    "county": ("cousin_town", "foreign_town", "other_county", "other_city"),
    "county_admin": ("cousin_town", "foreign_town", "other_county", "other_city"),
    "county_auditor": ("cousin_town", "foreign_town", "other_county", "other_city"),
    "city": ("foreign_town", "other_city"),
}
BY_PERSON = (
    ("/system/users/?q={}", "{}"),
    ("/system/users/?q={}&state=active", "{}"),
    ("/system/users/?q={}&role=township", "{}"),
    ("/system/users/?q={}", "测试{}"),
    ("/api/v1/users/?q={}", "{}"),
    ("/api/v1/users/?q={}", "测试{}"),
    ("/api/v1/users/?q={}&page_size=1", "{}"),
)


def generated() -> Iterator[Probe]:
    """Every probe the lists and routes above give, without repetition."""
    seen = set()
    for probe in itertools.chain(by_search(), by_cursor(), by_unit(), by_village(), by_person(), by_grant()):
        key = (probe.member, probe.method, probe.url, probe.foreign, repr(probe.data))
        if key not in seen:
            seen.add(key)
            yield probe


def by_search() -> Iterator[Probe]:
    """Name, part of a name and code, in every list that searches, narrowed in every way."""
    for url, members in READERS_OF.items():
        for member, narrowed in itertools.product(members, NARROWED[url]):
            asked = f"{url}?q={{}}" + (f"&{narrowed}" if narrowed else "")
            for other in OTHERS[member]:
                for foreign, absent in zip(other, NOTHING, strict=True):
                    yield Probe(member, asked, foreign, absent)


def by_cursor() -> Iterator[Probe]:
    """A cursor made of a foreign path, in both directions."""
    for member, others in OTHERS.items():
        for (code, _), word in itertools.product(others, ("after", "before")):
            yield Probe(member, f"/orgs/?{word}={{}}", path_of(code), near(path_of(code)))


def by_unit() -> Iterator[Probe]:
    for url, members in BY_UNIT:
        for member in members:
            own = "county" if member.startswith("county") else member
            for unit in UNITS_OF[own]:
                yield Probe(member, url, unit, ABSENT_UNIT)


def by_village() -> Iterator[Probe]:
    for url, members, method, data in BY_VILLAGE:
        for member in members:
            for code, _ in OTHERS[member]:
                yield Probe(member, url, code, ABSENT_VILLAGE, data, method)


def by_person() -> Iterator[Probe]:
    for member, persons in PERSONS_OUTSIDE.items():
        if member == "county_auditor":
            for person in persons:
                yield Probe(member, "/api/v1/audit/acts/?person={}", f"测试{person}", "测试absent")
            continue
        for person, (url, spelt) in itertools.product(persons, BY_PERSON):
            yield Probe(member, url, spelt.format(person), spelt.format("absent_one"))


def by_grant() -> Iterator[Probe]:
    """The refusal of a role over a unit of others, page and API, for each role the administrator may give."""
    for role, unit in itertools.product(("second_entry", "township"), ("990102101", "990201101", "990102")):
        data = {**GRANT, "role": role}
        yield Probe("county_admin", "/system/users/{{user}}/grant/", unit, ABSENT_UNIT, data, "POST")
        yield Probe("county_admin", "/api/v1/users/{{user}}/assignments/", unit, ABSENT_UNIT,
                    {**data, "valid_to": None}, "JSON")  # fmt: skip


def path_of(code: str) -> str:
    """The path of a village of the cast, from its code."""
    parts = [code[:length] for length in (2, 4, 6, 9, 12)]
    return "".join(f"{part}/" for part in parts)


def near(path: str) -> str:
    """A path beside it that nobody has: the same parents, a village without a record."""
    return path[:-4] + "499/"
