"""The screens of this app in the menu, the search box and the round of the top bar."""

from typing import TYPE_CHECKING

from accounts import abilities, navigation, saved
from elections.queries.rounds import round_in_force
from elections.views.lists import READERS
from elections.views.rounds import READERS as ROUND_READERS

if TYPE_CHECKING:
    from accounts.scope import Scope


def round_label(scope: "Scope") -> navigation.RoundLabel | None:
    """本届 of the unit in force, for the top bar. One query, none where the page has asked already."""
    found = round_in_force(scope)
    return navigation.RoundLabel(found.name, found.practice) if found else None


def declare() -> None:
    """Fill the registries of the page frame."""
    navigation.register("选举", "村情", "elections:orgs", READERS, 10)
    navigation.register("选举", "村数", "elections:counts", READERS, 20)
    navigation.register("系统", "届次", "elections:rounds", ROUND_READERS, 10)
    navigation.register_round(round_label)
    keys = ("unit", "q", "kind", "party", "due", "pilot", "large", "missing")
    saved.register("elections:orgs", "村情", READERS, keys)
    abilities.register(
        {
            "elections:org-edit": "维护本乡镇村、社区的底册",
            "elections:round-new": "新建届次，设定上报起止日期",
            "elections:round-edit": "修改届次",
            "elections:round-open": "启用届次",
            "elections:counts-export": "导出村数统计",
        }
    )
