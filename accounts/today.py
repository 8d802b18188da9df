"""今日: what waits for this person, from every clock in the system. Apps above register providers.

    today.register(10, provider)            # provider(scope, now) -> Iterable[Card]
    today.register_figure(10, figure)       # figure(scope, now) -> Figure | None
    today.register_panel(10, panel)         # panel(scope, now) -> Panel | None (side column)
    today.register_nothing(10, nothing)     # nothing(scope) -> Nothing | None (while the list is empty)

A provider makes a constant number of queries, whatever the number of units.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

FIGURES_SHOWN = 5
CARDS_SHOWN = 60


@dataclass(frozen=True)
class Card:
    """One thing to do: until when, what, about which unit, and the act in the same row.

    `due`: aware datetime, or None for things without a clock. `kind`: short word of the filter (日报, 任务).
    With `act_url` the act is done right here: a form with `act_data` is posted to it.
    """

    due: dt.datetime | None
    title: str
    detail: str
    object_label: str
    url: str
    action_label: str
    kind: str
    act_url: str = ""
    act_data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Figure:
    """A key figure that opens: `value` of `total`, a note, and the page with the rows behind it.

    Without `url`, `why_closed` says why it does not open. `colour`: red, orange or green, for risk only.
    """

    label: str
    value: int | str | None
    url: str = ""
    total: int | None = None
    unit: str = ""
    note: str = ""
    why_closed: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Panel:
    """A panel of the side column: a template and what it needs."""

    template: str
    context: dict[str, Any]


@dataclass(frozen=True)
class Clock:
    """The clock at the right of the title (the next cut-off of the whole unit)."""

    label: str
    due: dt.datetime


@dataclass(frozen=True)
class Nothing:
    """What the list says while it is empty: a fact, what will stand here or what to do instead, one link."""

    title: str = "现在没有要办的事"
    text: str = "有新的时限或任务时列在这里。"
    url: str = ""
    label: str = ""


@dataclass(frozen=True)
class Group:
    """Cards of one part of the list, by due time."""

    title: str
    cards: list[Card]


Provider = Callable[[Any, dt.datetime], Iterable[Card]]
FigureProvider = Callable[[Any, dt.datetime], "Figure | None"]
PanelProvider = Callable[[Any, dt.datetime], "Panel | None"]
NothingProvider = Callable[[Any], "Nothing | None"]
ClockProvider = Callable[[Any, dt.datetime], "Clock | None"]

_providers: list[tuple[int, Provider]] = []
_figures: list[tuple[int, FigureProvider]] = []
_panels: list[tuple[int, PanelProvider]] = []
_clocks: list[tuple[int, ClockProvider]] = []
_nothings: list[tuple[int, NothingProvider]] = []


def register(order: int, provider: Provider) -> None:
    """Add a provider of cards; `order` settles ties of due time."""
    _add(_providers, order, provider)


def register_figure(order: int, provider: FigureProvider) -> None:
    _add(_figures, order, provider)


def register_panel(order: int, provider: PanelProvider) -> None:
    _add(_panels, order, provider)


def register_clock(order: int, provider: ClockProvider) -> None:
    _add(_clocks, order, provider)


def register_nothing(order: int, provider: NothingProvider) -> None:
    """What a role reads while nothing waits for it; the first provider that answers is taken."""
    _add(_nothings, order, provider)


def nothing(scope: Any) -> Nothing:
    """The words of an empty list for this role."""
    found = (provider(scope) for _, provider in _nothings)
    return next((one for one in found if one is not None), Nothing())


def cards(scope: Any, now: dt.datetime) -> list[Card]:
    """Everything that waits, most overdue first; things without a clock last."""
    found = [card for _, provider in _providers for card in provider(scope, now)]
    return sorted(found, key=lambda card: (card.due is None, card.due or now))


def figures(scope: Any, now: dt.datetime) -> list[Figure]:
    """At most five key figures for this role."""
    found = (provider(scope, now) for _, provider in _figures)
    return [figure for figure in found if figure is not None][:FIGURES_SHOWN]


def panels(scope: Any, now: dt.datetime) -> list[Panel]:
    found = (provider(scope, now) for _, provider in _panels)
    return [panel for panel in found if panel is not None]


def clock(scope: Any, now: dt.datetime) -> Clock | None:
    """The nearest clock that is still running."""
    found = (provider(scope, now) for _, provider in _clocks)
    running = [one for one in found if one is not None and one.due > now]
    return min(running, key=lambda one: one.due, default=None)


def grouped(found: list[Card], now: dt.datetime) -> list[Group]:
    """Cards as 已超时, 今天到期, 三日内, 以后, 不限时; empty groups are left out. `now` is local time."""
    tomorrow = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    groups: dict[str, list[Card]] = {
        title: [] for title in ("已超时", "今天到期", "三日内", "以后", "不限时")
    }
    for card in found:
        groups[_group_of(card.due, now, tomorrow)].append(card)
    return [Group(title, members) for title, members in groups.items() if members]


def _group_of(due: dt.datetime | None, now: dt.datetime, tomorrow: dt.datetime) -> str:
    if due is None:
        return "不限时"
    if due <= now:
        return "已超时"
    if due < tomorrow:
        return "今天到期"
    return "三日内" if due < tomorrow + dt.timedelta(days=3) else "以后"


def _add(registry: list, order: int, provider: Callable) -> None:
    if any(known is provider for _, known in registry):
        return
    registry.append((order, provider))
    registry.sort(key=lambda pair: pair[0])
