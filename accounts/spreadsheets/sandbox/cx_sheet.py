"""Facts of a worksheet that the fast reader does not tell: merges, hidden rows, formulas, true extent.

One pass of compiled patterns over the raw part; positions count from 0. The declared dimension is not used.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree  # nosec B405 - see checked_xml: no DOCTYPE passes
import zipfile

from cx_archive import checked_xml
from cx_refuse import RefusedFile

MAX_ROWS = 200_000
MAX_COLS = 256
MAX_AREA = 6_000_000
MAX_MERGES = 20_000
MAX_MARKED_CELLS = 200_000

RELATIONS = "xl/_rels/workbook.xml.rels"

P = rb"(?:[A-Za-z_][\w.-]*:)?"
LETTERS = re.compile(rb"""\sr=["']([A-Za-z]{1,3})[0-9]""")
DEEP = re.compile(rb"""\sr=["'][A-Za-z]{0,3}([0-9]{6,})["']""")
ROW = re.compile(rb"<" + P + rb"""row\s(?:[^>]*?\s)?r=["']([0-9]+)["']""")
HIDDEN_ROW = re.compile(rb"<" + P + rb"""row\s([^>]*\bhidden=["'](?:1|true)["'][^>]*)>""")
HIDDEN_COL = re.compile(rb"<" + P + rb"""col\s([^>]*\bhidden=["'](?:1|true)["'][^>]*)>""")
MERGE = re.compile(rb"<" + P + rb"""mergeCell\s[^>]*\bref=["']([A-Za-z]+[0-9]+(?::[A-Za-z]+[0-9]+)?)["']""")
FORMULA = re.compile(
    rb"<"
    + P
    + rb"c\s([^>]*)>\s*<"
    + P
    + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</"
    + P
    + rb"f>)\s*(<"
    + P
    + rb"(?:v>[^<]|is>))?"
)
ERROR = re.compile(rb"<" + P + rb"""c\s([^>]*\bt=["']e["'][^>]*)>""")
TEXT_RESULT = re.compile(rb"""\bt=["']str["']""")
REF = re.compile(rb"""(?:^|\s)r=["']([A-Za-z]+)([0-9]+)["']""")
NUMBER = {
    name: re.compile(rb"(?:^|\s)" + name + rb"""=["']([0-9]+)["']""") for name in (b"r", b"min", b"max")
}


class SheetFacts:
    """Merges as (top, left, bottom, right); `marked` maps a cell to `f` (formula, no value), `F`, `e`.

    Not a dataclass: that module loads a dozen others, and this process starts anew for each file.
    """

    def __init__(self) -> None:
        self.merges: list[tuple[int, int, int, int]] = []
        self.hidden_rows: list[int] = []
        self.hidden_cols: list[int] = []
        self.marked: dict[int, dict[int, str]] = {}
        self.max_row = 0
        self.formulas = 0


def column_index(letters: bytes) -> int:
    """0 for A, 25 for Z, 26 for AA."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + letter - 64
    return index - 1


def sheet_parts(archive: zipfile.ZipFile) -> list[tuple[str, str, str]]:
    """(name, state, part) of each worksheet in workbook order."""
    try:
        book = ElementTree.fromstring(checked_xml(archive, "xl/workbook.xml"))  # noqa: S314 # nosec B314
        relations = ElementTree.fromstring(checked_xml(archive, RELATIONS))  # noqa: S314 # nosec B314
    except ElementTree.ParseError as error:
        raise RefusedFile("XL-010", detail=str(error)) from None
    targets = {
        r.get("Id"): r.get("Target", "") for r in relations if r.get("Type", "").endswith("/worksheet")
    }
    if any(r.get("TargetMode") == "External" for r in relations):
        raise RefusedFile("XL-008")
    found = []
    for element in book.iter():
        if element.tag.rsplit("}", 1)[-1] != "sheet":
            continue
        relation = next((v for k, v in element.items() if k.rsplit("}", 1)[-1] == "id"), None)
        target = targets.get(relation)
        if target:
            part = target.lstrip("/") if target.startswith("/") else "xl/" + target
            found.append((element.get("name", ""), element.get("state", "visible"), part))
    return found


def facts_of(archive: zipfile.ZipFile, part: str, name: str) -> SheetFacts:
    """Read the raw part once; sizes beyond the limits are refused before anything is built."""
    data = checked_xml(archive, part)
    facts = SheetFacts()
    for match in MERGE.finditer(data) if b"mergeCell " in data else ():
        facts.merges.append(_range(match[1]))
        if len(facts.merges) > MAX_MERGES:
            raise RefusedFile("XL-014", sheet=name, detail="merges")
    has_hidden = b"hidden=" in data
    for match in HIDDEN_ROW.finditer(data) if has_hidden else ():
        number = NUMBER[b"r"].search(match[1])
        if number:
            facts.hidden_rows.append(int(number[1]) - 1)
    for match in HIDDEN_COL.finditer(data) if has_hidden else ():
        low, high = NUMBER[b"min"].search(match[1]), NUMBER[b"max"].search(match[1])
        if low and high:
            facts.hidden_cols.extend(range(int(low[1]) - 1, min(int(high[1]), MAX_COLS)))
    _marked(data, facts, name)
    return facts


def check_extent(archive: zipfile.ZipFile, part: str, name: str) -> tuple[int, int]:
    """(rows, columns) that the cells of a part really reach; beyond the limits refused with the place.

    Slow but builds nothing: used before marking, and to explain why a reading process had to die.
    """
    data = checked_xml(archive, part)
    columns = {letters: column_index(letters) + 1 for letters in set(LETTERS.findall(data))}
    widest = max(columns.values(), default=0)
    if widest > MAX_COLS:
        letters = next(key for key, index in columns.items() if index == widest)
        found = re.search(rb"""\sr=["']%b([0-9]+)""" % letters, data)
        raise RefusedFile("XL-014", sheet=name, row=int(found[1][:9]), col=widest, detail="columns")
    deepest = max((int(digits[:9]) for digits in DEEP.findall(data)), default=0)
    rows = max(max((int(digits[:9]) for digits in ROW.findall(data)), default=0), deepest)
    check_size(name, rows, widest)
    return rows, widest


def check_size(name: str, rows: int, columns: int) -> None:
    """Refuse a sheet beyond the limits; `rows` and `columns` are counts from the top left cell."""
    if rows > MAX_ROWS:
        raise RefusedFile("XL-014", sheet=name, row=rows, detail="rows")
    if is_too_large(rows, columns):
        raise RefusedFile("XL-014", sheet=name, row=rows, col=columns, detail="area")


def is_too_large(rows: int, columns: int) -> bool:
    """Whether a sheet of this size is beyond one of the limits."""
    return rows > MAX_ROWS or columns > MAX_COLS or rows * columns > MAX_AREA


def _marked(data: bytes, facts: SheetFacts, name: str) -> None:
    if b"<f" in data or b":f" in data:
        for match in FORMULA.finditer(data):
            facts.formulas += 1
            _mark(facts, name, match[1], "F" if match[2] or TEXT_RESULT.search(match[1]) else "f")
    if b't="e"' in data or b"t='e'" in data:
        for match in ERROR.finditer(data):
            _mark(facts, name, match[1], "e")


def _mark(facts: SheetFacts, name: str, attributes: bytes, kind: str) -> None:
    ref = REF.search(attributes)
    if ref is None:
        raise RefusedFile("XL-013", sheet=name, detail="cell without reference")
    row, col = int(ref[2][:9]) - 1, column_index(ref[1][:4])
    facts.marked.setdefault(row, {})[col] = kind
    if len(facts.marked) > MAX_MARKED_CELLS:
        raise RefusedFile("XL-014", sheet=name, detail="formulas")


def _range(ref: bytes) -> tuple[int, int, int, int]:
    first, _, last = ref.partition(b":")
    cells = []
    for cell in (first, last or first):
        match = re.fullmatch(rb"([A-Za-z]{1,3})([0-9]{1,7})", cell)
        if match is None:
            raise RefusedFile("XL-013", detail="merge")
        cells.append((int(match[2]) - 1, column_index(match[1])))
    (top, left), (bottom, right) = cells
    return top, left, min(bottom, MAX_ROWS), min(right, MAX_COLS)
