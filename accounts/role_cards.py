"""角色卡: one page of help for each role: its day step by step, what it may do and never does, whom to ask.

Apps register the day of the roles that work on their screens. What may be done is not written here: it is read from the
doors (accounts/abilities.py), so that a card never promises what a door refuses. Pictures are made by the browser tests
(tests/browser/test_role_cards.py) and lie in static/img/cards/<role>.webp.
"""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from accounts import abilities
from accounts.choices import Role

PICTURE: Final = "img/cards/{role}.webp"


@dataclass(frozen=True)
class Step:
    """One step of the day: when, what, and the screen it is done on (name of its route, '' = none)."""

    when: str
    text: str
    screen: str = ""

    @property
    def url(self) -> str:
        return reverse(self.screen) if self.screen else ""


@dataclass(frozen=True)
class RoleCard:
    """What stands on the page of one role.

    aim      what the role is there for, one sentence
    steps    its day in order
    asks     what about → whom
    picture  what the picture shows
    """

    role: Role
    aim: str
    steps: tuple[Step, ...]
    asks: tuple[tuple[str, str], ...]
    picture: str

    @property
    def image(self) -> str:
        """Path of the picture under static/."""
        return PICTURE.format(role=self.role.value)

    @property
    def may(self) -> list[str]:
        return abilities.acts_of(self.role)

    @property
    def sees(self) -> list[str]:
        return abilities.screens_of(self.role)

    @property
    def never(self) -> list[str]:
        return abilities.never_of(self.role)


_cards: dict[str, RoleCard] = {}


def register(*cards: RoleCard) -> None:
    """Declare the cards of some roles; a role has one."""
    for card in cards:
        _cards[card.role] = card


def card_of(role: str) -> RoleCard:
    """The card of a role; KeyError for a word that is none."""
    return _cards[role]


def all_cards() -> list[RoleCard]:
    """Every card, in the order of the roles."""
    return [_cards[role] for role in Role if role in _cards]
