"""Roles bound to networks: at sign-in, at every request, of every token; whoever is not named works from anywhere."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.auth import rules
from accounts.models import Assignment
from tests.accounts.people.test_sign_in import enter
from tests.cast import PASSWORD
from tests.helpers import as_owner

INSIDE, OUTSIDE = "10.1.2.3", "10.2.0.1"


@pytest.mark.parametrize(
    ("roles", "address", "admitted"),
    [
        (["auditor"], "10.1.0.0", True),
        (["auditor"], "10.1.255.255", True),
        (["auditor"], "10.2.0.0", False),
        (["auditor"], "::ffff:10.1.0.9", True),
        (["auditor"], "2001:db8::1", False),
        (["auditor"], None, False),
        (["township"], "10.2.0.0", True),
        (["township"], None, True),
        (["township", "auditor"], "10.2.0.0", False),
        (["auditor", "admin"], "10.1.0.1", False),
        (["admin"], "2001:db8::1", True),
        (["admin"], "192.168.7.1", True),
    ],
)
def test_both_sides_of_every_network(roles, address, admitted):
    setting = ["auditor=10.1.0.0/16", "admin=192.168.7.0/24", " admin = 2001:db8::/32 "]
    assert rules.is_admitted(roles, address, rules.role_networks(setting)) is admitted


@pytest.mark.parametrize(
    "entry", ["auditr=10.0.0.0/8", "auditor", "auditor=", "auditor=10.1.0.1/16", "auditor=x"]
)
def test_a_mistake_is_refused_at_the_start(entry):
    with pytest.raises(ValueError, match="CUNXUAN_NETWORKS"):
        rules.role_networks([entry])


def at(address: str) -> Client:
    return Client(REMOTE_ADDR=address)


def test_sign_in_from_the_networks_of_the_role_alone(committed, settings):
    settings.NETWORKS = ["auditor=10.1.0.0/16"]
    refused = enter(at(OUTSIDE), "auditor")
    assert (refused.status_code, "只能在规定的网络登录" in refused.content.decode()) == (403, True)
    assert enter(at(INSIDE), "auditor").status_code == 302
    assert enter(at(OUTSIDE), "town").status_code == 302


def test_a_wrong_password_outside_says_nothing_of_networks(committed, settings):
    settings.NETWORKS = ["auditor=10.1.0.0/16"]
    told = at(OUTSIDE).post("/login/", {"username": "auditor", "password": "Wrong-password-1"})
    assert (told.status_code, "网络" in told.content.decode().split("<form")[1]) == (401, False)


def test_a_session_ends_where_it_leaves_the_network(committed, settings):
    """Also one that was opened before the setting came, from a place that it closes."""
    client = at(OUTSIDE)
    assert enter(client, "auditor").status_code == 302
    assert client.get("/account/").status_code == 200
    settings.NETWORKS = ["auditor=10.1.0.0/16"]
    assert client.get("/account/")["Location"] == "/login/?next=%2Faccount%2F&ended=outside"
    settings.NETWORKS = []
    assert client.get("/account/").status_code == 302


def test_a_token_works_within_the_network_alone(committed, settings):
    settings.NETWORKS = ["auditor=10.1.0.0/16"]
    asked = {"username": "auditor", "password": PASSWORD}
    send = {"content_type": "application/json"}
    refused = at(OUTSIDE).post("/api/v1/auth/token/", asked, **send)
    assert (refused.status_code, refused.json()["code"]) == (403, "network_refused")
    text = at(INSIDE).post("/api/v1/auth/token/", asked, **send).json()["token"]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    assert at(INSIDE).get("/api/v1/me/", **bearer).status_code == 200
    assert at(OUTSIDE).get("/api/v1/me/", **bearer).status_code == 401


def test_a_token_of_an_unbound_role_is_bound_by_what_else_the_account_holds(
    committed, cast, client_of, settings
):
    """Whoever holds a bound role works from its networks alone, with a token of another role, too; so its calendar."""
    text = (
        at(OUTSIDE)
        .post(
            "/api/v1/auth/token/", {"username": "town", "password": PASSWORD}, content_type="application/json"
        )
        .json()["token"]
    )
    feed = urlsplit(client_of("town").post("/account/calendar/").context["address"]).path
    with as_owner():
        Assignment.objects.using("owner").create(
            user_id=cast.users["town"].pk, holder_name="x", office_name="x", role="inspector",
            area=cast.county.area, valid_from=timezone.localdate(),
        )  # fmt: skip
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {text}"}

    def answers(address: str) -> tuple[int, int]:
        return at(address).get("/api/v1/me/", **bearer).status_code, at(address).get(feed).status_code

    assert answers(OUTSIDE) == (200, 200)
    settings.NETWORKS = ["inspector=10.1.0.0/16"]
    assert (answers(OUTSIDE), answers(INSIDE)) == ((401, 404), (200, 200))
