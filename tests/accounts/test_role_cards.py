"""角色卡: one for every role, each step leads where the role may go, and nothing is promised that a door refuses."""

import pytest
from django.urls import resolve

from accounts import abilities
from accounts.choices import Role
from accounts.role_cards import all_cards, card_of


def test_every_role_has_one_card():
    assert [card.role for card in all_cards()] == list(Role)


@pytest.mark.parametrize("card", all_cards(), ids=lambda card: card.role.value)
def test_a_step_leads_where_the_role_may_go(card):
    shut = [
        step.screen
        for step in card.steps
        if step.screen and card.role not in resolve(step.url).func.allowed_roles
    ]
    assert shut == []
    assert len(card.steps) >= 3
    assert len(card.asks) >= 2


@pytest.mark.parametrize(
    ("actor", "role"), [("town", "township"), ("wall", "city_office"), ("auditor", "auditor")]
)
def test_a_card_says_what_the_doors_say(db, client_of, actor, role):
    answer = client_of(actor).get(f"/help/{role}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert [sentence for sentence in abilities.acts_of(role) if sentence not in page] == []
    assert (f"/static/img/cards/{role}" in page, ">去</a>" in page) == (
        True,
        actor == "town" or role == actor,
    )


def test_the_help_page_lists_the_own_card_first(db, client_of, client):
    cards = client_of("county").get("/help/").context["cards"]
    assert (cards[0].role, len(cards)) == (Role.COUNTY_OFFICE, 13)
    answer = client.get("/help/")
    assert (answer.status_code, answer.context["cards"]) == (200, [])


def test_a_word_that_is_no_role_is_not_there(db, client_of):
    assert client_of("town").get("/help/mayor/").status_code == 404
    with pytest.raises(KeyError):
        card_of("mayor")
