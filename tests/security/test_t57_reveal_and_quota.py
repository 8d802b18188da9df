"""T57: no masked value without reason, step-up and quota, no second time, and none by tricks with parameters."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client

from accounts.actions.reveals import reveal
from accounts.errors import Refusal, codes
from accounts.models import AuditAct, Reveal, User
from accounts.queries.reveals import revealable_row
from accounts.reveals import revealable
from accounts.rules import reveals as rules
from accounts.scope import scoped
from tests.cast import phone_of
from tests.helpers import as_owner

WHY = {"purpose": "contact", "note": "催报当日日报", "case_number": "日报催报"}
NUMBER = phone_of("town")


def page(cast, key: str = "town") -> str:
    return f"/reveals/account.phone/{cast.users[key].pk}/"


def asked(cast, **other) -> dict:
    return {**WHY, "what": "account.phone", "subject_id": cast.users["town"].pk, **other}


def entered() -> list[Reveal]:
    return list(Reveal.objects.using("owner").all())


def fill_quota(cast, member: str, number: int) -> None:
    person = getattr(cast, member)
    with as_owner():
        Reveal.objects.using("owner").bulk_create(
            Reveal(
                area=person.area, made_by=person, made_by_account=person.user_id, what="account.phone",
                subject_id=1, whose="占位", **WHY,
            )
            for _ in range(number)
        )  # fmt: skip


def test_t57_the_value_is_shown_once_and_entered_before(committed, client_of, cast):
    client = client_of("county")
    answer = client.post(page(cast), WHY)
    assert (answer.status_code, NUMBER in answer.content.decode()) == (201, True)
    assert answer["Refresh"] == f"60; url=/system/users/{cast.users['town'].pk}/"
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    (entry,) = entered()
    assert (entry.what, entry.subject_id, entry.whose, entry.purpose, entry.note, entry.case_number) == (
        "account.phone", cast.users["town"].pk, "测试town", *WHY.values(),
    )  # fmt: skip
    assert (entry.holder_name, entry.area.code) == ("测试county", "990101001")
    act = AuditAct.objects.using("owner").filter(type="values.revealed").get()
    assert (act.reason, NUMBER in str(act.after)) == (WHY["note"], False)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("purpose", "", "purpose_unknown"),
        ("purpose", "curious", "purpose_unknown"),
        ("note", "看看啊", "note_too_short"),
        ("note", "    ", "note_too_short"),
        ("case_number", " ", "case_number_required"),
        ("note", "他的电话 13800001111", "personal_number_refused"),
    ],
)
def test_t57_without_reason_nothing_is_shown(committed, cast, field, value, code):
    with scoped(cast.county) as by:
        what, row = revealable_row(by, "account.phone", cast.users["town"].pk)
        with pytest.raises(ValidationError) as refused:
            reveal(what, row, by=by, **{**WHY, field: value})
    assert codes(refused.value) == [code]
    assert entered() == []


def test_t57_without_reason_the_page_and_the_api_say_so(committed, client_of, cast):
    client = client_of("county")
    for data in ({}, {**WHY, "note": "看看"}, {**WHY, "purpose": "x"}, {**WHY, "case_number": ""}):
        assert client.post(page(cast), data).status_code == 400
        told = client.post(
            "/api/v1/reveals/show/", asked(cast, **{"note": ""}), content_type="application/json"
        )
        assert told.status_code == 400
    assert entered() == []


def test_t57_without_step_up_it_is_asked_for_first(committed, cast):
    client = Client()
    client.force_login(cast.users["county"])
    answer = client.post(page(cast), WHY)
    assert (answer.status_code, NUMBER in answer.content.decode()) == (401, False)
    told = client.post("/api/v1/reveals/show/", asked(cast), content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (403, "step_up_required")
    assert entered() == []


@pytest.mark.parametrize(("made", "status"), [(29, 201), (30, 429)])
def test_t57_thirty_a_day(committed, client_of, cast, made, status):
    fill_quota(cast, "county", made)
    client = client_of("county")
    told = client.post("/api/v1/reveals/show/", asked(cast), content_type="application/json")
    assert told.status_code == status
    assert told.json().get("code", "") == ("" if status == 201 else "reveal_quota")
    assert client.post(page(cast), WHY).status_code == 429


def test_t57_another_role_has_the_same_quota(committed, client_of, cast):
    """The looks of an account count together, also those made under an assignment that cannot see these."""
    with as_owner():
        Reveal.objects.using("owner").bulk_create(
            Reveal(
                area=cast.areas["9902"], made_by=cast.other_city, made_by_account=cast.county.user_id,
                what="account.phone", subject_id=1, whose="占位", **WHY,
            )
            for _ in range(rules.QUOTA)
        )  # fmt: skip
    assert client_of("county").post(page(cast), WHY).status_code == 429
    assert client_of("city").post(page(cast), WHY).status_code == 201


def at_once(cast, number: int) -> list[str]:
    """So many looks at the same moment, each from a connection of its own; what each was told."""
    told: list[str] = []

    def look() -> None:
        try:
            with scoped(cast.county) as by:
                what, row = revealable_row(by, "account.phone", cast.users["town"].pk)
                told.append(reveal(what, row, by=by, **WHY).value)
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def test_t57_eight_at_once_do_not_pass_the_quota(committed, cast):
    fill_quota(cast, "county", rules.QUOTA - 3)
    assert at_once(cast, 8) == [NUMBER] * 3 + ["reveal_quota"] * 5


def test_t57_negative_control_without_the_lock_more_pass(committed, cast, monkeypatch):
    """Counting without waiting: several see the same number and go on."""
    import accounts.actions.reveals as acts

    class NoLock:
        def cursor(self):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *gone):
            return False

        def execute(self, *text):
            return None

    barrier = threading.Barrier(4)
    counted = acts.made_today

    def slowly() -> int:
        made = counted()
        barrier.wait(timeout=20)
        return made

    monkeypatch.setattr(acts, "connections", {"default": NoLock()})
    monkeypatch.setattr(acts, "made_today", slowly)
    fill_quota(cast, "county", rules.QUOTA - 1)
    assert at_once(cast, 4) == [NUMBER] * 4


def test_t57_a_repeated_submission_shows_nothing_again(committed, client_of, cast):
    client = client_of("county")
    first = client.post(page(cast), {**WHY, "idempotency_key": "look-once-1"})
    again = client.post(page(cast), {**WHY, "idempotency_key": "look-once-1"})
    assert (first.status_code, again.status_code) == (201, 409)
    assert NUMBER not in again.content.decode()
    key = {"HTTP_IDEMPOTENCY_KEY": "look-once-2"}
    send = {"data": asked(cast), "content_type": "application/json", **key}
    assert client.post("/api/v1/reveals/show/", **send).json()["value"] == NUMBER
    replay = client.post("/api/v1/reveals/show/", **send)
    assert (replay.status_code, replay.json()["code"]) == (409, "answer_gone")
    assert len(entered()) == 2


def test_t57_opening_the_address_again_shows_the_mask(committed, client_of, cast):
    client = client_of("county")
    client.post(page(cast), WHY)
    for url in (page(cast), f"{page(cast)}?purpose=contact&note=催报日报&case_number=1&shown=1"):
        text = client.get(url).content.decode()
        assert (NUMBER in text, "199****0005" in text) == (False, True)


TRICKS = (
    "?fields=phone", "?fields=phone,sealed", "?expand=phone", "?unmask=1", "?masked=false", "?phone=19900000005",
    "?phone__startswith=199", "?ordering=phone", "?format=json&depth=2", "?include=phone.value", "?raw=true",
)  # fmt: skip


def test_t57_no_parameter_opens_the_mask(committed, client_of, cast):
    client, pk = client_of("city"), cast.users["town"].pk
    plain = client.get("/api/v1/users/").json()
    for trick in TRICKS:
        for url in ("/api/v1/users/", f"/api/v1/users/{pk}/", f"/system/users/{pk}/", "/api/v1/reveals/"):
            assert NUMBER not in client.get(url + trick).content.decode()
        assert client.get("/api/v1/users/" + trick).json()["results"] == plain["results"]
    assert {row["phone"] for row in plain["results"] if row["username"] == "town"} == {"199****0005"}
    assert entered() == []


@pytest.mark.parametrize(
    ("member", "key", "status"),
    [
        ("county", "cousin_town", 404),
        ("town", "town", 403),
        ("leader", "town", 403),
        ("auditor", "town", 403),
    ],
)
def test_t57_only_through_the_door_of_the_field(committed, client_of, cast, member, key, status):
    client = client_of(member)
    assert client.post(page(cast, key), WHY).status_code == status
    assert client.get(f"/reveals/account.password/{cast.users[key].pk}/").status_code == (
        403 if member in ("leader", "auditor") else 404
    )
    assert entered() == []


def test_t57_a_value_moved_to_another_row_does_not_open(committed, cast):
    """Who edits the table puts a colleague's number into a row that may be seen: it opens under its own key alone."""
    from accounts.sealed import SealBroken

    mine, other = (User.objects.get(pk=cast.users[key].pk) for key in ("town", "foreign_town"))
    mine.phone = other.phone
    with pytest.raises(SealBroken):
        revealable("account.phone").field.unseal(mine)
    assert revealable("account.phone").field.unseal(other) == phone_of("foreign_town")


def test_t57_who_is_concerned_reads_the_register(committed, client_of, cast):
    client_of("city").post(page(cast), WHY)
    for member, seen in (
        ("town", 1),
        ("county", 1),
        ("sibling_town", 0),
        ("other_county", 0),
        ("auditor", 1),
    ):
        found = client_of(member).get("/api/v1/reveals/").json()["results"]
        assert (member, len(found)) == (member, seen)
        assert client_of(member).get("/reveals/").content.decode().count("催报当日日报") == seen
