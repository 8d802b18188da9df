"""Finds the heading of an office table: title and unit lines above, merged headings in one to three rows,
the line of column numbers (甲 乙 1 2 3), and which sheet column is which declared column. Pure functions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

SPACES = re.compile(r"[\s\u3000\u200b\ufeff]+")
BRACKETS = str.maketrans("（）【】［］：，", "()[][]:,")
NUMBERING = set("甲乙丙丁戊己庚辛壬癸")
SECRET_MARK = re.compile(r"(绝密|机密|秘密)\s*[★☆]")
MAX_HEADING_ROWS = 3
SEARCH_ROWS = 40
FIRST_ROWS = 8  # where the heading of nearly every table stands


@lru_cache(maxsize=4096)
def squeezed(text: str) -> str:
    """A heading without spaces of any kind."""
    return SPACES.sub("", text)


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """A heading as it is compared: NFKC, without spaces, with one kind of bracket, without a unit suffix."""
    text = unicodedata.normalize("NFKC", squeezed(text)).translate(BRACKETS)
    return re.sub(r"[\((](人|户|个|名|元|万元|%|％|岁|是/否|必填|选填)[\))]$", "", text).strip("*:").lower()


@dataclass(frozen=True)
class Wanted:
    """A declared column: its key, the heading we write, other headings that mean the same."""

    key: str
    heading: str
    aliases: tuple[str, ...] = ()
    required: bool = True

    def names(self) -> set[str]:
        return {normal(name) for name in (self.heading, *self.aliases)}


class Names:
    """The declared columns by every name that they go by, worked out once for all blocks of a sheet."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self.wanted = wanted
        self._places: dict[str, list[int]] = {}
        for place, want in enumerate(wanted):
            for name in want.names():
                self._places.setdefault(name, []).append(place)

    def wanted_by(self, texts: set[str]) -> set[int]:
        """Places among `wanted` of the columns that go by one of these names."""
        return {place for text in texts for place in self._places.get(text, ())}


@dataclass
class Heading:
    """The heading found in a sheet. Rows and columns count from 1; `columns` maps a column to its path."""

    first_row: int
    last_row: int
    data_row: int
    columns: dict[int, str]
    matched: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    duplicate: list[str] = field(default_factory=list)
    unknown: dict[int, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.duplicate or self.unknown)


Lines = Sequence[tuple[int, list[str]]]
Merges = Iterable[tuple[int, int, int, int]]


def cell_value(cell: str) -> str:
    """Text of a typed cell without its tags."""
    if cell[:1] in ("m", "F"):
        cell = cell[1:]
    return cell[1:]


def secret_mark(lines: Lines) -> int:
    """Row number of a classification mark (机密★…) in the first lines, or 0."""
    for number, cells in lines[:20]:
        line = "".join(cells)
        if "★" not in line and "☆" not in line:  # as nearly always: nothing to look for cell by cell
            continue
        if any(SECRET_MARK.search(cell_value(cell)) for cell in cells if cell):
            return number
    return 0


def find_heading(lines: Lines, merges: Merges, wanted: Sequence[Wanted]) -> Heading | None:
    """The block of one to three rows that matches most declared columns, or None when nothing matches."""
    names = Names(wanted)
    # One row more than is searched: it may be the line of numbers under the heading.
    first = _best(lines[: FIRST_ROWS + 1], merges, names, FIRST_ROWS)
    if first and first.last_row == first.first_row and len(first.matched) == len(wanted):
        return first  # every column in one row: no block can match more
    return _best(lines, merges, names, SEARCH_ROWS)


def _best(lines: Lines, merges: Merges, names: Names, rows: int) -> Heading | None:
    """The best block that ends in the first `rows` rows; the first with every column in one row ends the search."""
    grid = {number: [cell_value(c) for c in cells] for number, cells in lines if number <= SEARCH_ROWS * 2}
    _spread(grid, merges)
    best: tuple[tuple[int, int], Heading] | None = None
    numbers = sorted(grid)[:rows]
    blocks = ((last, height) for last in numbers for height in range(1, MAX_HEADING_ROWS + 1))
    for last, height in blocks:
        first = last - height + 1
        if first < 1 or first not in grid:
            continue
        heading = _match(grid, first, last, names)
        score = (len(heading.matched) - len(heading.duplicate), -height)
        if heading.matched and (best is None or score > best[0]):
            best = (score, heading)
            if score == (len(names.wanted), -1):
                break
    if best is None:
        return None
    heading = best[1]
    heading.data_row = heading.last_row + 1
    if is_numbering(grid.get(heading.data_row, [])):
        heading.data_row += 1
    return heading


def is_numbering(cells: Sequence[str]) -> bool:
    """True for a line of column numbers: 甲 乙 1 2 3 …"""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) < 2:
        return False
    figures = [int(cell.strip("()（）")) for cell in filled if cell.strip("()（）").isdigit()]
    letters = [cell for cell in filled if cell in NUMBERING]
    return (
        len(figures) + len(letters) == len(filled)
        and figures
        == list(range(figures[0] if figures else 0, (figures[0] if figures else 0) + len(figures)))
        and (bool(letters) or figures[:1] == [1])
    )


def _spread(grid: dict[int, list[str]], merges: Merges) -> None:
    for top, left, bottom, right in merges:
        if top + 1 not in grid or bottom - top > 10:
            continue
        source = grid[top + 1]
        value = source[left] if left < len(source) else ""
        if not value:
            continue
        for row in range(top + 1, bottom + 2):
            cells = grid.setdefault(row, [""] * len(source))
            for col in range(left, min(right + 1, len(cells))):
                cells[col] = cells[col] or value


def _match(grid: dict[int, list[str]], first: int, last: int, names: Names) -> Heading:
    width = max(len(grid.get(row, [])) for row in range(first, last + 1))
    paths: dict[int, list[str]] = {}
    for col in range(width):
        path: list[str] = []
        for row in range(first, last + 1):
            cells = grid.get(row, [])
            text = squeezed(cells[col]) if col < len(cells) else ""
            if text and (not path or path[-1] != text):
                path.append(text)
        if path:
            paths[col + 1] = path
    heading = Heading(first, last, last + 1, {col: "/".join(path) for col, path in paths.items()})
    taken = _assign(paths, names, heading)
    heading.missing = [w.heading for w in names.wanted if w.required and w.key not in heading.matched]
    heading.unknown = {col: text for col, text in heading.columns.items() if col not in taken}
    return heading


def _assign(paths: dict[int, list[str]], names: Names, heading: Heading) -> set[int]:
    """Match by the whole path first, then by the last word where it is the only one of its kind."""
    taken: set[int] = set()
    forms = (
        lambda path: {normal("".join(path)), normal("/".join(path)), normal("-".join(path))},
        lambda path: {normal("".join(path[-2:]))},
        lambda path: {normal(path[-1])},
    )
    for form in forms:
        columns: dict[int, list[int]] = {}  # place among the wanted → sheet columns that bear its name
        known: dict[tuple[str, ...], set[int]] = {}  # a merged title stands above every column
        for col, path in paths.items():
            if col in taken:
                continue
            key = tuple(path)
            if key not in known:
                known[key] = names.wanted_by(form(path))
            for place in known[key]:
                columns.setdefault(place, []).append(col)
        for place in sorted(columns):
            want = names.wanted[place]
            if want.key in heading.matched or want.heading in heading.duplicate:
                continue
            found = [col for col in columns[place] if col not in taken]
            if len(found) == 1:
                heading.matched[want.key] = found[0]
            elif found:
                heading.duplicate.append(want.heading)
            taken.update(found)
    return taken
