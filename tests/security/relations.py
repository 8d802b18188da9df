"""Objects of other units for every word that picks one, named by how the unit is related to the actor's."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse

from accounts.choices import Level, Role
from accounts.models import Area, Assignment
from accounts.scope.entry import scope_of
from tests.cast import Cast
from tests.helpers import as_owner
from tests.security.route_kinds import Route
from tests.security.stage import (
    Stage,
    act_of,
    change_of,
    comment_of,
    desk_of,
    filter_of,
    item_of,
    job_of,
    notice_of,
    publication_of,
    schedule_of,
)
from tests.security.two_persons import consent_of, request_of

# Holders of whole-system roles have no outside: these stand in one county instead.
COUNTY_STAFF = {
    "county_admin": Role.ADMIN,
    "county_auditor": Role.AUDITOR,
    "county_security": Role.SECURITY_ADMIN,
}
ACTORS = ("city", "county", "town", "leader", *COUNTY_STAFF)
ABSENT = 999_999_999
LEVEL_OF = {"village": Level.VILLAGE}
UNIT_WORDS = ("unit", "upper", "of_town", "of_county")
COUNTY = "990101"


def seat_county_staff(cast: Cast) -> None:
    """An administrator, an auditor and a security administrator of 东塘区 (with the `committed` fixture)."""
    from accounts.models import User

    with as_owner():
        for key, role in COUNTY_STAFF.items():
            user = User.objects.using("owner").create(username=key, display_name=f"测试{key}", password="!")
            cast.users[key] = user
            cast.people[key] = Assignment.objects.using("owner").create(
                user_id=user.pk, holder_name=user.display_name, office_name="东塘区", role=role,
                area=cast.areas[COUNTY], valid_from=dt.date(2020, 1, 1),
            )  # fmt: skip
            cast.people[key].refresh_from_db(using="owner")


def relation(own: Area, other: Area) -> str:
    """How `other` is related to `own`: parent, sibling, cousin, other_county, other_city."""
    if own.path.startswith(other.path):
        return "parent"
    if own.parent_id == other.parent_id:
        return "sibling"
    if own.path[:8] != other.path[:8]:
        return "other_city"
    return "other_county" if own.path[:15] != other.path[:15] else "cousin"


def outside(cast: Cast, key: str, level: int | None = None, *, reference: bool = False) -> dict[str, Area]:
    """One unit for each relation that the member may not see, at one level or at any.

    Units themselves are reference data (`reference`): an assignment to named villages reads all of its area.
    """
    scope = scope_of(getattr(cast, key))
    found: dict[str, Area] = {}
    for area in cast.areas.values():
        inside = area.path.startswith(scope.path) if reference else scope.covers(area)
        if (level is None or area.level == level) and not inside:
            found.setdefault(relation(scope.area, area), area)
    return found


class Others:
    """Foreign and absent values of each word, for one member of the cast."""

    def __init__(self, cast: Cast, key: str) -> None:
        self.cast, self.key = cast, key

    def values(self, word: str) -> tuple[dict[str, Any], Any]:
        """({relation: foreign value}, absent value) of a word."""
        if word in UNIT_WORDS:
            sign = "" if word == "unit" else "?unit="
            units = outside(self.cast, self.key)
            return {name: f"{sign}{area.code}" for name, area in units.items()}, f"{sign}990199199"
        if word in ("village", "town", "own"):
            units = outside(self.cast, self.key, LEVEL_OF.get(word), reference=word != "village")
            absent = "990199199299" if word == "village" else "990199199"
            return {name: area.code for name, area in units.items()}, absent
        if word in ("desk", "upload"):
            return {"sibling": desk_of("sibling_town", self.cast).token}, "a" * 24
        made = {
            "round": lambda member: self.cast.rounds["9902"].pk,
            "item": lambda member: item_of("other_city", self.cast),
            "job": lambda member: job_of(member, self.cast),
            "user": lambda member: self.cast.users[member].pk,
            "assignment": lambda member: getattr(self.cast, member).pk,
            "schedule": lambda member: schedule_of(member, self.cast),
            "filter": lambda member: filter_of(member, self.cast),
            "notice": lambda member: notice_of(member, self.cast),
            "act": lambda member: act_of(member, self.cast),
            "grant": lambda member: request_of("admin", self.cast, member),
            "consent": lambda member: consent_of("admin", self.cast, member),
            "publication": lambda member: publication_of(member, self.cast),
            "comment": lambda member: comment_of(member, self.cast),
            "received": lambda member: comment_of(member, self.cast),
            "change": lambda member: change_of(member, self.cast, own=True),
            "proposal": lambda member: change_of(member, self.cast, own=False),
        }[word]
        members = {"other_city": "foreign_town"}
        own = (
            "publication",
            "grant",
            "consent",
            "job",
            "user",
            "assignment",
            "act",
            "comment",
            "received",
            "notice",
            "filter",
            "schedule",
            "change",
            "proposal",
        )
        if word in own and self.key != "city":
            members["other_county"] = "cousin_town"
        return {name: made(member) for name, member in members.items()}, ABSENT


SECRET = re.compile(
    rb'(csrfmiddlewaretoken" value="|idempotency_key" value="|"X-CSRFToken": ?"|csrf-token" content=")[A-Za-z0-9]+'
)
# The second in which a page was made, where its print says so.
MADE = re.compile("(数据截至：|打印：[^<]*?　)[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}".encode())
REQUEST = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def normal(answer: HttpResponse, value: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers without what differs between any two requests, and without what was asked for."""
    word = re.escape(str(value).removeprefix("?unit=").encode())
    asked = re.compile(rb"(?<=[/=])" + word + rb"(?![0-9A-Za-z])")
    body = asked.sub(b"?", MADE.sub(rb"\1-", REQUEST.sub(b"-", SECRET.sub(rb"\1-", answer.whole))))
    headers = [
        (name, text)
        for name, text in answer.items()
        # `Expires` of a page that must not be kept is the second in which it was made.
        if name not in ("X-Request-Id", "Content-Length", "Set-Cookie", "Expires")
    ]
    return answer.status_code, body, sorted(headers)


def pairs(
    route: Route, method: str, stage: Stage, others: Others, client: Any
) -> Iterator[tuple[str, Any, Any]]:
    """(relation, answer for the foreign one, answer for the absent one), each with the payload of the success."""
    foreign, absent = others.values(route.picks)
    nothing = normal(stage.but(**{route.picks: absent}).send(client, route, method), absent)
    for name, value in foreign.items():
        yield name, normal(stage.but(**{route.picks: value}).send(client, route, method), value), nothing
