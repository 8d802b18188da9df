"""T56 beside tests/accounts/people/test_sessions.py: another network, why it is over, the clock, step-up."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.test import Client

from accounts.auth import rules
from accounts.models import AuditAct, UserSession
from tests.accounts.people.test_sessions import is_in, row_of, shift, signed_in
from tests.cast import PASSWORD

CLOCK = "/account/session/"
pytestmark = pytest.mark.usefixtures("committed")


@pytest.mark.parametrize(("address", "alive"), [("127.0.0.200", True), ("127.0.1.1", False), ("::1", False)])
def test_a_cookie_used_from_another_network_ends_the_session(address, alive):
    client = signed_in()
    assert (client.get("/password/", REMOTE_ADDR=address).status_code == 200) is alive
    assert is_in(client) is alive
    if not alive:
        assert UserSession.objects.latest("ended_at").end_reason == "network"


def test_networks():
    assert rules.network_of("10.1.2.3") == rules.network_of("10.1.2.250") == "10.1.2.0/24"
    assert rules.network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert rules.network_of(None) == ""


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("replaced", "这个账号刚在另一个浏览器登录"),
        ("idle", "长时间没有操作"),
        ("absolute", "登录满 12 小时"),
    ],
)
def test_the_sign_in_page_says_why_it_is_over(reason, told):
    client = signed_in()
    if reason == "replaced":
        signed_in()
    else:
        shift(
            client,
            **{"idle": {"seen_at": timedelta(hours=1)}, "absolute": {"created_at": timedelta(hours=13)}}[
                reason
            ],
        )
    asked = client.get("/password/")
    assert asked["Location"] == f"/login/?next=%2Fpassword%2F&ended={reason}"
    assert told in client.get(asked["Location"]).content.decode()


def test_a_word_of_ones_own_is_not_told():
    page = Client().get("/login/?ended=call-this-number").content.decode()
    assert "call-this-number" not in page.replace("next=", "")


def test_a_submission_after_the_end_leads_back_to_its_page():
    client = signed_in()
    shift(client, seen_at=timedelta(hours=1))
    answer = client.post(
        "/account/second-factor/remove/", HTTP_REFERER="http://testserver/account/second-factor/?a=1"
    )
    assert answer["Location"] == "/login/?next=%2Faccount%2Fsecond-factor%2F%3Fa%3D1&ended=idle"


def test_the_clock_is_the_servers_and_looking_does_not_wind_it():
    client = signed_in()
    shift(client, seen_at=timedelta(minutes=26))
    looked = [client.get(CLOCK).json()["left"] for _ in range(2)]
    assert all(235 <= left <= 240 for left in looked)
    assert 1795 <= client.post(CLOCK).json()["left"] <= 1800
    assert 1790 <= client.get(CLOCK).json()["left"] <= 1800


def test_the_clock_ends_at_twelve_hours_whatever_is_done():
    client = signed_in()
    UserSession.objects.filter(pk=row_of(client).pk).update(
        created_at=F("created_at") - timedelta(hours=11, minutes=58)
    )
    assert 110 <= client.post(CLOCK).json()["left"] <= 120


def test_a_wall_has_no_clock():
    assert signed_in("wall").get(CLOCK).json() == {"left": None}


@pytest.mark.parametrize(("later", "asked"), [(299, False), (302, True)])
def test_step_up_after_five_minutes(cast, later, asked):
    client = signed_in("admin")
    url = f"/system/users/{cast.users['town'].pk}/active/"
    with time_machine.travel(time.time() + later):
        answer = client.post(url, {"active": "0", "reason": "离岗"})
    assert (answer.status_code == 401) is asked


def test_step_up_keeps_what_was_typed_and_goes_on_with_the_act(cast):
    client = signed_in("security")
    form = {
        "role": "township", "area": "990101001", "office_name": "岭下<街道>", "valid_from": "2026-01-01",
        "units": "", "department": "", "valid_to": "",
    }  # fmt: skip
    url = f"/system/users/{cast.users['wall'].pk}/grant/"
    with time_machine.travel(time.time() + 400):
        page = client.post(url, form)
        assert dict(page.context["kept"]) == form
        wrong = client.post(url, {**form, "step_up_proof": "wrong"})
        assert dict(wrong.context["kept"]) == form
        assert client.post(url, {**form, "step_up_proof": PASSWORD}).status_code == 302
    last = (
        AuditAct.objects.using("owner").filter(type__in=["grants.asked", "assignments.granted"]).latest("pk")
    )
    assert last.type == "grants.asked"


def test_step_up_through_the_api(cast):
    asked = {"username": "admin", "password": PASSWORD}
    text = Client().post("/api/v1/auth/token/", asked, content_type="application/json").json()["token"]
    api = Client(headers={"Authorization": f"Bearer {text}"})
    url = f"/api/v1/users/{cast.users['town'].pk}/active/"
    act = {"active": False, "reason": "离岗"}
    with time_machine.travel(time.time() + 302):
        refused = api.post(url, act, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required")
        wrong = api.post("/api/v1/auth/step-up/", {"proof": "wrong"}, content_type="application/json")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "proof_wrong")
    proved = api.post("/api/v1/auth/step-up/", {"proof": PASSWORD}, content_type="application/json")
    assert (proved.status_code, api.post(url, act, content_type="application/json").status_code) == (204, 200)
