"""Panels of the village file: higher apps register theirs in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Org

Provider = Callable[["Scope", "Org"], dict[str, Any] | None]
Column = Literal["main", "aside"]


@dataclass(frozen=True)
class Panel:
    """One panel: `provider(scope, org)` gives its context in a constant number of queries; None hides it."""

    order: int
    key: str
    title: str
    provider: Provider
    template: str
    column: Column = "main"


@dataclass(frozen=True)
class ShownPanel:
    key: str
    title: str
    template: str
    column: Column
    data: dict[str, Any]


_PANELS: Final[dict[str, Panel]] = {}


def register(
    order: int, key: str, title: str, provider: Provider, template: str, *, column: Column = "main"
) -> None:
    """Add a panel; a key belongs to one panel, the same registration twice is harmless."""
    panel = Panel(order, key, title, provider, template, column)
    if _PANELS.setdefault(key, panel) != panel:
        raise ValueError(f"panel {key} is registered twice")


def panels_for(scope: "Scope", org: "Org") -> list[ShownPanel]:
    """The panels this scope sees on this village's file, in order."""
    shown = []
    for panel in sorted(_PANELS.values(), key=lambda p: (p.order, p.key)):
        data = panel.provider(scope, org)
        if data is not None:
            shown.append(ShownPanel(panel.key, panel.title, panel.template, panel.column, data))
    return shown
