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


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """A heading as it is compared: NFKC, without spaces, with one kind of bracket, without a unit suffix."""
    text = unicodedata.normalize("NFKC", SPACES.sub("", text)).translate(BRACKETS)
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
        if any(SECRET_MARK.search(cell_value(cell)) for cell in cells if cell):
            return number
    return 0


def find_heading(lines: Lines, merges: Merges, wanted: Sequence[Wanted]) -> Heading | None:
    """The block of one to three rows that matches most declared columns, or None when nothing matches."""
    grid = {number: [cell_value(c) for c in cells] for number, cells in lines if number <= SEARCH_ROWS * 2}
    _spread(grid, merges)
    best: tuple[tuple[int, int], Heading] | None = None
    numbers = sorted(grid)[:SEARCH_ROWS]
    for last in numbers:
        for height in range(1, MAX_HEADING_ROWS + 1):
            first = last - height + 1
            if first < 1 or first not in grid:
                continue
            heading = _match(grid, first, last, wanted)
            score = (len(heading.matched) - len(heading.duplicate), -height)
            if heading.matched and (best is None or score > best[0]):
                best = (score, heading)
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


def _match(grid: dict[int, list[str]], first: int, last: int, wanted: Sequence[Wanted]) -> Heading:
    width = max(len(grid.get(row, [])) for row in range(first, last + 1))
    paths: dict[int, list[str]] = {}
    for col in range(width):
        path: list[str] = []
        for row in range(first, last + 1):
            cells = grid.get(row, [])
            text = SPACES.sub("", cells[col]) if col < len(cells) else ""
            if text and (not path or path[-1] != text):
                path.append(text)
        if path:
            paths[col + 1] = path
    heading = Heading(first, last, last + 1, {col: "/".join(path) for col, path in paths.items()})
    taken = _assign(paths, wanted, heading)
    heading.missing = [w.heading for w in wanted if w.required and w.key not in heading.matched]
    heading.unknown = {col: text for col, text in heading.columns.items() if col not in taken}
    return heading


def _assign(paths: dict[int, list[str]], wanted: Sequence[Wanted], heading: Heading) -> set[int]:
    """Match by the whole path first, then by the last word where it is the only one of its kind."""
    taken: set[int] = set()
    forms = (
        lambda path: {normal("".join(path)), normal("/".join(path)), normal("-".join(path))},
        lambda path: {normal("".join(path[-2:]))},
        lambda path: {normal(path[-1])},
    )
    for form in forms:
        written = {col: form(path) for col, path in paths.items()}
        for want in wanted:
            if want.key in heading.matched or want.heading in heading.duplicate:
                continue
            names = want.names()
            found = [col for col, texts in written.items() if col not in taken and texts & names]
            if len(found) == 1:
                heading.matched[want.key] = found[0]
                taken.add(found[0])
            elif len(found) > 1:
                heading.duplicate.append(want.heading)
                taken.update(found)
    return taken
