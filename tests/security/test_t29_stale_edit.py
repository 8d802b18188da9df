"""T29: two editors of one thing. Whoever saves second gets 409 with both texts, and nothing is lost.

One case for each screen and API operation that edits a row with a version; the record also under many interleavings.
"""

import json
import random
import threading

import pytest
from django.db import connections

from accounts.scope import scoped
from elections import rules
from elections.actions import change_org
from elections.models import Org, Round
from tests.security.expected_routes import ROUTES
from tests.security.stage import Stage, comment_of

VILLAGE = "990101001201"
ROUND = {
    "name": "我的届次名", "year": "2026", "starts_on": "2026-10-01", "ends_on": "2027-03-31",
    "reporting_from": "2026-11-01", "reporting_to": "2027-01-31", "excluded_dates": "", "law_profile": "",
    "is_current": "on", "version": "1",
}  # fmt: skip
SETTING = {
    "version": "1", "by_city": "on", "by_county": "on", "reply_hours": "30", "escalate_hours": "12",
    "demand": "我的要求。", "praise": "请保持。",
}  # fmt: skip
RULE = {
    "version": "1",
    "enabled": "on",
    "wording": "我的措辞，迟报 {late} 份，近 {late_week} 份。",
    "least": "2",
}


def record_form(client) -> dict:
    """The record's form as it is opened, with everything it holds."""
    form = client.get(f"/orgs/{VILLAGE}/edit/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False, "")}


def both(answer, mine: str, theirs: str) -> tuple[int, bool, bool]:
    text = answer.content.decode()
    return answer.status_code, mine in text, theirs in text


def test_t29_a_round_on_screen(committed, cast, client_of):
    city = client_of("city")
    found = next(route for route in ROUTES if route.name == "elections:round-edit")
    url = Stage(cast, "city", {"round": cast.rounds["9901"].pk}).fill(found.url)
    assert city.post(url, {**ROUND, "name": "他们的届次名"}).status_code == 302
    stale = city.post(url, ROUND)
    assert both(stale, "我的届次名", "他们的届次名") == (409, True, True)
    assert stale.context["form"]["version"].value() == "2"
    assert [(row.label, row.mine, row.stored) for row in stale.context["both"]] == [
        ("届次", "我的届次名", "他们的届次名")
    ]
    assert city.post(url, {**ROUND, "version": "2"}).status_code == 302
    kept = Round.objects.using("owner").get(
        pk=cast.rounds["9901"].pk
    )  # the cast's own object stays as it was
    assert (kept.name, kept.version) == ("我的届次名", 3)


def test_t29_a_record_on_screen(committed, cast, client_of):
    town = client_of("town")
    opened = record_form(town)
    assert town.post(f"/orgs/{VILLAGE}/edit/", {**opened, "population": "1111"}).status_code == 302
    stale = town.post(f"/orgs/{VILLAGE}/edit/", {**opened, "population": "2222"})
    assert both(stale, "2,222", "1,111") == (409, True, True)


def test_t29_settings_of_comments_on_screen(committed, cast, client_of):
    city = client_of("city")
    assert (
        city.post("/reports/comments/rules/settings/", {**SETTING, "demand": "他们的要求。"}).status_code
        == 302
    )
    stale = city.post("/reports/comments/rules/settings/", SETTING)
    assert both(stale, "我的要求。", "他们的要求。") == (409, True, True)
    assert city.post("/reports/comments/rules/settings/", {**SETTING, "version": "2"}).status_code == 302


def test_t29_a_rule_of_comments_on_screen(committed, cast, client_of):
    city, url = client_of("city"), "/reports/comments/rules/late/"
    other = {**RULE, "wording": "他们的措辞，迟报 {late} 份，近 {late_week} 份。"}
    assert city.post(url, other).status_code == 302
    assert both(city.post(url, RULE), "我的措辞", "他们的措辞") == (409, True, True)
    assert city.post(url, {**RULE, "version": "2"}).status_code == 302


def test_t29_a_comment_on_screen(committed, cast, client_of):
    pk, city = comment_of("city", cast), client_of("city")
    draft = {"version": "1", "title": "我的题目", "demand": "我的要求。", "channel": "letter"}
    url = f"/reports/comments/{pk}/save/"
    assert city.post(url, {**draft, "demand": "他们的要求。"}).status_code == 302
    assert both(city.post(url, draft), "我的要求。", "他们的要求。") == (409, True, True)


def edits(cast) -> dict[str, tuple[str, str, str, dict, dict]]:
    """Operations of the API that edit a row with a version: member, method, address, theirs, mine."""
    pk = comment_of("city", cast)
    text = {"title": "题目", "demand": "请核实。", "channel": "letter", "sentences": []}
    setting = {"by_city": True, "by_county": True, "by_township": False, "reply_hours": 24, "escalate_hours": 12,
               "demand": "请核实。", "praise": "请保持。"}  # fmt: skip
    rule = {"enabled": True, "params": {"least": 2}, "wording": RULE["wording"]}
    return {
        "round": (
            "city",
            "PATCH",
            f"/api/v1/rounds/{cast.rounds['9901'].pk}/",
            {"name": "他们"},
            {"name": "我"},
        ),
        "record": ("town", "PATCH", f"/api/v1/orgs/{VILLAGE}/", {"population": 1111}, {"population": 2222}),
        "comment": (
            "city",
            "PATCH",
            f"/api/v1/comments/{pk}/",
            {**text, "title": "他们"},
            {**text, "title": "我"},
        ),
        "settings": ("city", "PUT", "/api/v1/comments/settings/", {**setting, "reply_hours": 30}, setting),
        "rule": ("city", "PUT", "/api/v1/comments/rules/late/", {**rule, "params": {"least": 3}}, rule),
    }


@pytest.mark.parametrize("name", ["round", "record", "comment", "settings", "rule"])
def test_t29_an_edit_through_the_api(committed, cast, client_of, name):
    member, method, url, theirs, mine = edits(cast)[name]
    client = client_of(member)

    def send(data: dict):
        return client.generic(method, url, json.dumps(data), content_type="application/json")

    for missing in (mine, {**mine, "version": None}):
        told = send(missing)
        assert (told.status_code, told.json()["code"], told.json()["field"]) == (
            400,
            "version_required",
            "version",
        )
    assert send({**theirs, "version": 1}).status_code == 200
    stale = send({**mine, "version": 1})
    assert (stale.status_code, stale.json()["field"]) == (409, "version")
    current = stale.json()["current"]
    current = current.get("comment", current)
    assert current["version"] == 2
    assert {key: current[key] for key in theirs if key != "sentences"} == {
        key: value for key, value in theirs.items() if key != "sentences"
    }
    assert send({**mine, "version": 2}).status_code == 200


def test_t29_every_edit_of_the_api_asks_for_the_version_or_says_why_not():
    """A new PUT or PATCH stands in `edits`, or here."""
    reasons = {
        "api-me-phone": "one's own number",
        "api-notice-settings": "one's own choice of notices",
        "api-filter": "one's own filter: its owner alone changes it",
        "api-daily:draft": "each cell carries the value it was read with",
        "api-reports:cut-offs": "two dated times, written anew and kept with their days",
    }
    changing = {route.name for route in ROUTES if {"PUT", "PATCH"} & route.methods.keys()}
    assert changing == reasons.keys() | {
        "api-round-detail", "api-org-detail", "api-comments:comment", "api-comments:settings", "api-comments:rule",
    }  # fmt: skip


def many_editors(cast, rounds: int) -> tuple[list[int], int, list[tuple[int, int]]]:
    """Two editors open and save the same record at random moments: (accepted versions, refused, what each wrote)."""
    accepted: list[int] = []
    written: list[tuple[int, int]] = []
    refused = 0
    lock = threading.Lock()
    start = threading.Barrier(2)

    def edit(seed: int) -> None:
        nonlocal refused
        chance = random.Random(seed)
        for number in range(rounds // 2):
            start.wait(timeout=30)
            with scoped(cast.town):
                held = Org.objects.get(area__code=VILLAGE).version
            if chance.random() < 0.3:
                connections["default"].close()
            value = 2000 + seed * 100_000 + number
            try:
                with scoped(cast.town) as by:
                    org = Org.objects.visible_to(by).get(area__code=VILLAGE)
                    change_org(org, {"population": value}, version=held, by=by, reason="核对")
                with lock:
                    accepted.append(held)
                    written.append((held, value))
            except rules.StaleRecord:
                with lock:
                    refused += 1
        connections.close_all()

    threads = [threading.Thread(target=edit, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return accepted, refused, written


def nothing_lost(cast, rounds: int) -> None:
    before = Org.objects.using("owner").get(area__code=VILLAGE).version
    accepted, refused, written = many_editors(cast, rounds)
    stored = Org.objects.using("owner").get(area__code=VILLAGE)
    # Each state was changed by one save alone, and every save that was accepted is one step of the version.
    assert len(set(accepted)) == len(accepted)
    assert len(accepted) + refused == rounds
    assert stored.version == before + len(accepted)
    assert stored.population == max(written)[1]


def test_t29_nothing_is_lost(committed, cast):
    nothing_lost(cast, 40)


@pytest.mark.long
def test_t29_nothing_is_lost_long(committed, cast):
    nothing_lost(cast, 1000)


def test_t29_negative_control_without_the_version_saves_are_lost(committed, cast, monkeypatch):
    monkeypatch.setattr(rules, "require_same_version", lambda held, now: None)
    accepted, refused, _ = many_editors(cast, 40)
    assert refused == 0
    assert len(set(accepted)) < len(accepted)
