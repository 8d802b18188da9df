"""Two kept tables side by side: what was published, what is known now, and the difference. Pure functions.

Both tables are plain data (`reports.rules.published.frozen`), so that a publication is compared as it was given out.
"""

from dataclasses import dataclass
from typing import Any

# Positions in a kept cell.
VALUE, MARK, INCOMPLETE, GAP, MOVED, KIND = range(6)
COUNTED = ("int", "rate", "change")


@dataclass(frozen=True)
class Pair:
    """One figure on both sides; None where a side has not the unit or the column."""

    heading: str
    then: list[Any] | None
    now: list[Any] | None

    @property
    def differs(self) -> bool:
        """Whether the figure, its mark or its gaps differ; a move of a rank against the day before does not count."""
        return _told(self.then) != _told(self.now)

    @property
    def difference(self) -> int | float | None:
        """Now less then; None where one side has no number, or the figure is a rank or a date."""
        if self.then is None or self.now is None or self.now[KIND] not in COUNTED:
            return None
        before, after = self.then[VALUE], self.now[VALUE]
        if before is None or after is None or self.then[MARK] or self.now[MARK]:
            return None
        return round(after - before, 1) if self.now[KIND] == "rate" else after - before


@dataclass(frozen=True)
class UnitPairs:
    """One unit with its figures; `only`: then or now where the other side has not the unit."""

    code: str
    name: str
    pairs: list[Pair]
    only: str = ""


def _told(cell: list[Any] | None) -> Any:
    return None if cell is None else [*cell[:GAP], list(cell[GAP]), cell[KIND]]


def unit_pairs(then: dict[str, Any], now: dict[str, Any]) -> tuple[UnitPairs | None, list[UnitPairs]]:
    """The unit's own figures, all of them, and of each unit below only those that differ."""
    columns = list(dict.fromkeys([*then["columns"], *now["columns"]]))
    own = None
    if then["total"] or now["total"]:
        own = _paired(columns, then, then["total"], now, now["total"])
    before = {line["code"]: line for line in then["rows"]}
    after = {line["code"]: line for line in now["rows"]}
    below = []
    for code in dict.fromkeys([*after, *before]):
        found = _paired(columns, then, before.get(code), now, after.get(code))
        changed = [] if found.only else [pair for pair in found.pairs if pair.differs]
        if found.only or changed:
            below.append(UnitPairs(found.code, found.name, changed, found.only))
    return own, below


def _paired(
    columns: list[str], then: dict[str, Any], was: dict | None, now: dict[str, Any], known: dict | None
) -> UnitPairs:
    before, after = _cells(then, was), _cells(now, known)
    line: dict[str, Any] = known or was or {}
    only = "" if was and known else "now" if known else "then"
    pairs = [Pair(heading, before.get(heading), after.get(heading)) for heading in columns]
    return UnitPairs(line["code"], line["name"], pairs, only)


def _cells(table: dict[str, Any], line: dict | None) -> dict[str, list[Any]]:
    return dict(zip(table["columns"], line["cells"], strict=True)) if line else {}
