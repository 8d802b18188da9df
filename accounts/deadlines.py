"""One text for one deadline: 今日, reminders, the bell, the calendar feed read the same `Deadline`.

    DAILY = Kind("daily.file", "日报", "{day}日报", (Role.TOWNSHIP,))
    DAILY.at(area, due, url, day=day).card()          # a line of 今日
    deadlines.register(everyone=source, coming=feed)  # what the timer reminds of; what the calendar lists ahead

A kind is declared once and words every deadline of it, so no screen can say it differently. `everyone(now, first,
last)` gives what all units still owe between two moments; `coming(scope, now, last)` what is ahead of one unit. Both
make a constant number of queries.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from accounts.formats import day_long, moment
from accounts.today import Card


@dataclass(frozen=True)
class Deadline:
    """A clock of one unit. `about` tells clocks of one kind and unit apart (the day of a report)."""

    code: str
    kind: str
    title: str
    area_id: int
    unit: str
    roles: tuple[str, ...]
    due: dt.datetime | None
    url: str
    about: str = ""
    detail: str = ""
    action: str = "查看"

    @property
    def key(self) -> str:
        """Identity of the clock. A due time that was moved is another clock, and is reminded of again."""
        stamp = int(self.due.timestamp()) if self.due else "-"
        return f"{self.code}:{self.area_id}:{self.about}:{stamp}"

    @property
    def text(self) -> str:
        """The sentence: 岭下街道 11月22日 星期日日报，11-22 17:00 截止."""
        return f"{self.unit} {self.title}" + (f"，{moment(self.due)} 截止" if self.due else "")

    def card(self) -> Card:
        """The same deadline as a line of 今日."""
        return Card(self.due, self.title, self.detail, self.unit, self.url, self.action, self.kind)


@dataclass(frozen=True)
class Kind:
    """A kind of deadline: what it is called, whom it waits for. `title` takes {day}."""

    code: str
    kind: str
    title: str
    roles: tuple[str, ...]

    def at(
        self, area: Any, due: dt.datetime | None, url: str, *, day: dt.date | None = None, **more: str
    ) -> Deadline:
        """The deadline of `area` (anything with `pk` and `name`) for `day`."""
        title = self.title.format(day=day_long(day) if day else "")
        about = more.pop("about", day.isoformat() if day else "")
        return Deadline(
            self.code, self.kind, title, area.pk, area.name, self.roles, due, url, about=about, **more
        )


Everyone = Callable[[dt.datetime, dt.datetime, dt.datetime], Iterable[Deadline]]
Coming = Callable[[Any, dt.datetime, dt.datetime], Iterable[Deadline]]

_everyone: list[Everyone] = []
_coming: list[Coming] = []


def register(*, everyone: Everyone | None = None, coming: Coming | None = None) -> None:
    """Add sources; registering the same one again changes nothing."""
    if everyone is not None and everyone not in _everyone:
        _everyone.append(everyone)
    if coming is not None and coming not in _coming:
        _coming.append(coming)


def everyone(now: dt.datetime, first: dt.datetime, last: dt.datetime) -> list[Deadline]:
    """What is due for any unit after `first` and up to `last`, not yet met."""
    found = (one for source in _everyone for one in source(now, first, last))
    return [one for one in found if one.due is not None and first < one.due <= last]


def coming(scope: Any, now: dt.datetime, last: dt.datetime) -> list[Deadline]:
    """What is ahead of the unit in force up to `last`, earliest first."""
    found = (one for source in _coming for one in source(scope, now, last))
    dated = [one for one in found if one.due is not None and now < one.due <= last]
    return sorted(dated, key=lambda one: (one.due or now, one.key))
