"""T57: the second person on the screens, in 今日, among the notices and in the API."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Notice
from accounts.queries.reveal_consents import consent_cards
from accounts.rules import reveals as rules
from accounts.scope import scoped
from tests.security.test_t57_reveal_and_quota import NUMBER, WHY, asked, fill_quota, page
from tests.security.test_t57_second_person import LIST, answering, newest, waiting  # noqa: F401

pytestmark = pytest.mark.usefixtures("committed")


def test_t57_the_refusal_offers_the_request_and_the_screens_lead_through(cast, client_of):
    fill_quota(cast, "county", rules.QUOTA)
    county, city = client_of("county"), client_of("city")
    full = county.post(page(cast), WHY)
    assert (full.status_code, f'action="{page(cast)}ask/"' in full.content.decode()) == (429, True)
    assert county.post(f"{page(cast)}ask/", WHY)["Location"] == "/reveals/consents/"
    assert county.post(f"{page(cast)}ask/", WHY).status_code == 400
    people = Notice.objects.using("owner").filter(dedup=f"consent:{newest().pk}")
    assert sorted(people.values_list("assignment__holder_name", flat=True)) == [
        "测试admin",
        "测试city",
        "测试security",
    ]
    with scoped(cast.city) as by:
        (card,) = consent_cards(by, timezone.now())
    assert (card.title, card.object_label, card.url) == (
        "审批：超额查看联系电话",
        "测试town",
        "/reveals/consents/",
    )
    assert WHY["case_number"] in city.get("/reveals/consents/").content.decode()
    city.post(f"/reveals/consents/{newest().pk}/", {"approve": "1"})
    with scoped(cast.county) as by:
        (card,) = consent_cards(by, timezone.now())
    assert (card.url, card.due) == (page(cast), newest().decided_at + rules.CONSENT_LASTS)
    assert f'value="{WHY["note"]}"' in county.get(page(cast)).content.decode()
    shown = county.post(page(cast), WHY)
    assert (shown.status_code, NUMBER in shown.content.decode()) == (201, True)
    assert "测试city同意" in client_of("town").get("/reveals/").content.decode()
    assert "已同意，已查看" in county.get("/reveals/consents/").content.decode()


def test_t57_the_api_does_the_same(cast, client_of):
    fill_quota(cast, "county", rules.QUOTA)
    county, city, kind = client_of("county"), client_of("city"), "application/json"
    made = county.post(LIST, asked(cast), content_type=kind)
    assert (made.status_code, made.json()["decision"]) == (201, "pending")
    assert [row["id"] for row in city.get(LIST).json()["results"]] == [made.json()["id"]]
    given = city.post(f"{LIST}{made.json()['id']}/decide/", {"approve": True}, content_type=kind)
    assert (given.status_code, given.json()["decided_by_name"]) == (200, "测试city")
    look = county.post("/api/v1/reveals/show/", asked(cast), content_type=kind)
    assert (look.json()["value"], look.json()["left_today"]) == (NUMBER, 0)
    entry = county.get("/api/v1/reveals/").json()["results"][0]
    assert (entry["holder_name"], entry["consented_by_name"]) == ("测试county", "测试city")


def test_t57_consenting_and_looking_ask_again_who_one_is(cast, waiting):  # noqa: F811
    client = Client()
    client.force_login(cast.users["city"])
    assert client.post(f"/reveals/consents/{newest().pk}/", {"approve": "1"}).status_code == 401
    answer = client.post(f"{LIST}{newest().pk}/decide/", {"approve": True}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_required")
    answering(cast, "city")
    client = Client()
    client.force_login(cast.users["county"])
    assert client.post(page(cast), WHY).status_code == 401
