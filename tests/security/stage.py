"""Words of `expected_routes` filled for one member of the cast, and requests made of them."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import tempfile
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import audit
from accounts.api.permissions import declared_roles
from accounts.choices import OFFICE_ROLES, Role
from accounts.models import Area, AreaOperation, Notice, SavedFilter, ScheduledExport
from accounts.rules.area_operations import PROPOSERS
from accounts.scope import scoped
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets import engine
from elections.imports import OrgResource
from reports.actions.exports import Place
from reports.actions.offers import offer_days
from reports.actions.publications import publish_table
from reports.actions.settings import add_local_metric
from reports.collecting import Collected
from reports.daily_exchange import write_day
from reports.models import Comment, CommentSentence, LocalMetric
from reports.queries.clock import database_now
from reports.queries.day import day_of
from reports.queries.settings import in_force_for
from reports.rules.rollup_layouts import layouts
from reports.views.daily_collect import COLLECTORS
from tests.cast import Cast
from tests.helpers import as_owner
from tests.security.route_kinds import Route
from tests.security.two_persons import consent_of, request_of

WORD = re.compile(r"\{(\w+)\}")
# Words that are files, and what the person calls them.
FILES = {"{workbook}": "底册.xlsx", "{daysheet}": "日报.xlsx", "{bundle}": "各乡镇.zip"}
# One member of the cast for each role.
ACTORS: dict[str, str] = {
    Role.CITY_OFFICE: "city",
    Role.COUNTY_OFFICE: "county",
    Role.TOWNSHIP: "town",
    Role.SECURITY_ADMIN: "security",
} | {
    role: str(role)
    for role in (
        Role.SECOND_ENTRY, Role.REVIEWER, Role.INSPECTOR, Role.EVALUATOR, Role.LEADER, Role.HOTLINE, Role.WALL,
        Role.AUDITOR, Role.ADMIN,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A route as the URLconf has it: `roles(method)` are those its view declares."""

    name: str
    pattern: str
    callback: Any

    def roles(self, method: str) -> tuple[str, ...]:
        view = getattr(self.callback, "cls", None)
        if view is None:
            return tuple(getattr(self.callback, "allowed_roles", ()))
        actions = getattr(self.callback, "actions", None) or {}
        return declared_roles(view, actions.get(method.lower()), method)


def urlconf(patterns: list | None = None, prefix: str = "", namespace: str = "") -> list[Listed]:
    """Every route of the URLconf."""
    found = []
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = namespace + (f"{entry.namespace}:" if entry.namespace else "")
            found += urlconf(entry.url_patterns, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            found.append(Listed(namespace + (entry.name or ""), prefix + str(entry.pattern), entry.callback))
    return found


@dataclass
class Stage:
    """What the words mean for one actor."""

    cast: Cast
    key: str
    words: dict[str, Any] = field(default_factory=dict)

    def fill(self, value: Any) -> Any:
        """`value` with its words filled; a file is a new one each time."""
        if isinstance(value, dict):
            return {key: self.fill(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.fill(part) for part in value]
        if not isinstance(value, str):
            return value
        if value in FILES:
            return SimpleUploadedFile(FILES[value], self.words[value[1:-1]])
        whole = WORD.fullmatch(value)
        if whole:
            return self.words[whole[1]]
        return WORD.sub(lambda word: str(self.words[word[1]]), value)

    def but(self, **words: Any) -> Stage:
        return Stage(self.cast, self.key, {**self.words, **words})

    def send(self, client: Client, route: Route, method: str) -> HttpResponse:
        """The request of `route` with these words: JSON for the API, a form for pages; read to its end."""
        answer = self._send(client, route, method)
        if answer.streaming:
            answer.whole = answer.getvalue()
            answer.close()
        else:
            answer.whole = answer.content
        return answer

    def _send(self, client: Client, route: Route, method: str) -> HttpResponse:
        url = self.fill(route.url)
        data = self.fill(route.data.get(method, {}))
        if method == "POST" and (not route.is_api or any(hasattr(part, "read") for part in data.values())):
            return client.post(url, data)
        if method in route.data:
            return client.generic(method, url, json.dumps(data), content_type="application/json")
        return client.generic(method, url)


def job_of(key: str, cast: Cast, subject: str = "stage") -> int:
    """A waiting job of a member of the cast."""
    with scoped(getattr(cast, key)), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT job_id FROM job_start('test.stage', '测试任务', %s, '', false, '{}', 1, '')", [subject]
        )
        return cursor.fetchone()[0]


# What the sandbox made of a member's workbook: it is the same one every time.
_readings: dict[str, tuple[dict, dict, bytes]] = {}


def desk_of(key: str, cast: Cast) -> desks.Desk:
    """An upload of a member of the cast on the import desk, read, its columns not yet agreed."""
    upload = SimpleUploadedFile("底册.xlsx", workbook(key, cast))
    desk = desks.receive(upload, resource="orgs", assignment=getattr(cast, key).pk)
    if key in _readings:
        desk.book, desk.headings, rows = _readings[key]
        desk.keep(desks.ROWS, [rows])
        desk.save()
        return desk
    book = desk.read()
    desk.keep_reading(book, engine.find_headings(OrgResource(), book))
    with desk.part(desks.ROWS).open() as rows:
        _readings[key] = desk.book, desk.headings, rows.read()
    return desk


def columns_of(desk: desks.Desk) -> dict[str, str]:
    """The answer to the second step that takes every column for what it seems to be."""
    headings = desk.reading().headings
    return {f"s{sheet}c{col}": key for sheet, head in headings.items() for key, col in head.matched.items()}


def act_of(key: str, cast: Cast) -> int:
    """An act in the audit of a member's unit."""
    with scoped(getattr(cast, key)) as by:
        return audit.act(by, "test.cast", unit_path=by.path)


def day_sheet(key: str, cast: Cast) -> bytes:
    """Today's sheet of a township, as it downloads it."""
    with scoped(getattr(cast, key)) as by, tempfile.TemporaryDirectory() as folder:
        day = day_of(in_force_for(by.area), by.area, timezone.localdate(), own=True)
        return write_day(day, Path(folder) / "day.xlsx", scope=by).read_bytes()


def bundle_of() -> bytes:
    """A .zip whose one member is no workbook of a township."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("说明.txt", "x")
    return buffer.getvalue()


def bundle_desk_of(key: str, cast: Cast) -> str:
    """A bundle of a member of the cast, read: one file of 岭下街道 that may be offered."""
    upload = SimpleUploadedFile("各乡镇.zip", bundle_of())
    desk = desks.receive(upload, resource="daily-bundle", assignment=getattr(cast, key).pk)
    facts = {"name": "一.xlsx", "code": "990101001", "date": timezone.localdate().isoformat()}
    desk.keep(desks.ROWS, [json.dumps([{**facts, "cells": [["990101001201", "visits", "1"]]}]).encode()])
    return desk.token


def offer_to(cast: Cast) -> None:
    """A sheet that the county lays before 岭下街道 today."""
    with scoped(cast.county) as by:
        one = Collected("一.xlsx", code="990101001", date=timezone.localdate().isoformat())
        one.cells = [["990101001201", "visits", "1"]]
        offer_days(cast.rounds["9901"], [one], by=by)


def item_of(key: str, cast: Cast) -> int:
    """An item of the daily report that a city has added."""
    with scoped(getattr(cast, key)) as by:
        facts = {"unit": "场", "nature": "stock", "valid_from": timezone.localdate(), "by": by}
        there = LocalMetric.objects.visible_to(by).filter(name="院坝会").first()
        return (there or add_local_metric(cast.rounds[by.area.code], name="院坝会", **facts)).pk


def publication_of(key: str, cast: Cast) -> int:
    """A bulletin of the unit of an office."""
    with scoped(getattr(cast, key)) as by:
        now = database_now()
        round = cast.rounds[by.area.code[:4]]
        day = max(round.reporting_from, min(timezone.localdate(now), round.reporting_to))
        place = Place(round, by.area, day, "managing", now)
        return publish_table(place, layouts()["progress"], "day", by=by).pk


def comment_of(key: str, cast: Cast, to: str = "", *, sent: bool = False) -> int:
    """A comment of an office to a unit below it: a draft with one sentence, or one that was sent."""
    with scoped(getattr(cast, key)) as by:
        round = cast.rounds[by.area.code[:4]]
        recipient = cast.areas[to] if to else Area.objects.filter(parent=by.area).order_by("path").first()
        now = timezone.now()
        fact = {"what": "value", "key": "visits", "unit": recipient.code, "unit_name": recipient.name,
                "day": round.reporting_from.isoformat(), "label": "走访户次", "measure": "户次", "value": 3, "shown": "3",
                "url": "/"}  # fmt: skip
        audit.act(by, "test.cast")
        comment = Comment.objects.create(
            round=round, area=by.area, recipient=recipient, date=round.reporting_from, title="关于走访的点评",
            demand="请核实。",
        )  # fmt: skip
        CommentSentence.objects.create(
            comment=comment, area=by.area, position=1, text="走访 3 户次。", facts=[fact]
        )
        if sent:
            Comment.objects.filter(pk=comment.pk).update(
                state="sent", sent_at=now, due_at=now + timedelta(hours=48), year=1999, number=comment.pk,
                sent_by=by.assignment, sent_by_name=by.name,
            )  # fmt: skip
    return comment.pk


def received_by(key: str, cast: Cast) -> int:
    """A comment that an office has received; for a city, which receives none, one it has sent."""
    sender = {Role.TOWNSHIP: "county"}.get(getattr(cast, key).role, "city")
    own = getattr(cast, key).area.code
    return comment_of(sender, cast, "990101" if own == "9901" else own, sent=True)


def notice_of(key: str, cast: Cast) -> int:
    """An unread notice to a member of the cast."""
    with as_owner():
        made, _ = Notice.objects.using("owner").get_or_create(
            assignment=getattr(cast, key), dedup="stage", defaults={"kind": "digest", "text": "占位"}
        )
    return made.pk


def filter_of(key: str, cast: Cast) -> int:
    """A filter of the list of jobs that a member of the cast has kept for itself."""
    own = getattr(cast, key)
    with as_owner():
        made, _ = SavedFilter.objects.using("owner").get_or_create(
            assignment=own, screen="jobs:list", name="我的",
            defaults={"query": "whose=mine", "unit_path": own.unit_path},
        )  # fmt: skip
    return made.pk


def change_of(key: str, cast: Cast, *, own: bool) -> int:
    """A proposed change of a member's unit; `own`: by the member itself where it may, else by the county."""
    from tests.helpers import as_owner

    member = getattr(cast, key)
    town = member.area if member.role == Role.TOWNSHIP else cast.areas["990101001"]
    office = next(
        o for o in (cast.county, cast.other_county, cast.other_city) if town.path.startswith(o.unit_path)
    )
    author = member if own and member.role in PROPOSERS else office
    with as_owner():
        return AreaOperation.objects.using("owner").create(
            kind="rename", effective_on=timezone.localdate(), area=town, units=[],
            plan={"units": [f"{town.code}201"], "name": "改名村"}, steps=[], summary="改名", reason="批复",
            proposed_by=author, proposed_by_account=author.user_id, proposed_by_name=author.holder_name,
        ).pk  # fmt: skip


def schedule_of(key: str, cast: Cast) -> int:
    """An export at a time of day that a member of the cast has set."""
    with as_owner():
        made, _ = ScheduledExport.objects.using("owner").get_or_create(
            assignment=getattr(cast, key), name="每天",
            defaults={"screen": "comments:list", "at": dt.time(18, 30), "weekdays": 127,
                      "next_at": timezone.now() + timedelta(days=1)},
        )  # fmt: skip
    return made.pk


_workbooks: dict[str, bytes] = {}


def workbook(key: str, cast: Cast) -> bytes:
    """The sheet of records of a township, as it exports it itself."""
    if key not in _workbooks:
        with scoped(getattr(cast, key)) as scope:
            target = desks.root() / f"stage-{key}.xlsx"
            _workbooks[key] = OrgResource().export(target=target, scope=scope).read_bytes()
    return _workbooks[key]


def stage_of(key: str, cast: Cast) -> Stage:
    """Words under which every request of this member that its role allows is about something it may see."""
    own = getattr(cast, key)
    village = cast.areas[{"evaluator": "990101001202"}.get(key, "990101001201")]
    area = cast.areas["99"] if own.area is None else own.area
    listed = own.units is not None
    desk = desk_of("town", cast) if own.role == Role.TOWNSHIP else None
    offer_to(cast)
    words: dict[str, Any] = {
        "village": village.code,
        "role": own.role,
        "town": "990101001",
        "of_town": "" if listed or own.role in (Role.SECOND_ENTRY,) else "?unit=990101001",
        "of_county": "?unit=990101" if own.role in (Role.CITY_OFFICE, Role.COUNTY_OFFICE) else "",
        "unit": village.code if listed else area.code,
        "upper": "" if listed else f"?unit={area.code}",
        "own": area.code,
        "round": cast.rounds["9901"].pk,
        # Somebody else than the actors, since some routes end the account.
        "user": cast.users["sibling_town"].pk,
        "assignment": cast.sibling_town.pk,
        "grant": request_of("security" if key == "admin" else "admin", cast),
        "consent": consent_of("security" if key == "admin" else "admin", cast, key),
        "today": timezone.localdate().isoformat(),
        "job": job_of(key, cast),
        "workbook": workbook("town", cast),
        "daysheet": day_sheet(key, cast) if own.role == Role.TOWNSHIP else b"",
        "bundle": bundle_of(),
        "bundledesk": bundle_desk_of(key, cast) if own.role in COLLECTORS else "a" * 24,
        "desk": desk.token if desk else "a" * 24,
        # The screens give the first one up before the API is asked.
        "upload": desk_of("town", cast).token if desk else "a" * 24,
        "columns": columns_of(desk) if desk else {},
        "item": item_of(key, cast) if own.role == Role.CITY_OFFICE else 1,
        "act": act_of("county", cast),
        # Names in a wording stay as they are.
        "late": "{late}",
        "late_week": "{late_week}",
        "publication": publication_of(key, cast) if own.role in OFFICE_ROLES else 1,
        "comment": comment_of(key, cast) if own.role in OFFICE_ROLES else 1,
        "received": received_by(key, cast) if own.role in OFFICE_ROLES else 1,
        "notice": notice_of(key, cast),
        "filter": filter_of(key, cast),
        "change": change_of(key, cast, own=True),
        "proposal": change_of(key, cast, own=False),
        "schedule": schedule_of(key, cast),
    }
    return Stage(cast, key, words)
