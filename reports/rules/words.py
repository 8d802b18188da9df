"""From what is typed or pasted into a cell to a value, a mark or an error; and back.

The browser does the same (`static/js/daily-grid-words.js`).
"""

import datetime
import re
from functools import lru_cache
from typing import Final, NamedTuple

from accounts.formats import num
from accounts.metrics import MetricNature
from reports.choices import Mark

Value = int | str | None

MISSING_WORDS: Final = ("", "未报", "未到", "-", "—")
MARK_WORDS: Final = {
    "/": Mark.NOT_APPLICABLE,
    "不适用": Mark.NOT_APPLICABLE,
    "na": Mark.NOT_APPLICABLE,
    "不详": Mark.UNKNOWN,
    "unknown": Mark.UNKNOWN,
}
MARK_TEXT: Final = {Mark.NOT_APPLICABLE.value: "／", Mark.UNKNOWN.value: "不详"}

_FOLD: Final = str.maketrans("０１２３４５６７８９，．－−／：　", "0123456789,.--/: ")
_INTEGER: Final = re.compile(r"-?\d{1,12}")
_GROUPED: Final = re.compile(r"-?\d{1,3}(,\d{3})+")
_FULL_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")
_SHORT_DAY: Final = re.compile(r"(\d{1,2})[-/.月](\d{1,2})日?")

NOT_INTEGER: Final = "DR-001"
NOT_A_DAY: Final = "DR-003"


class Cell(NamedTuple):
    """What a cell says: a value, or a mark, or neither (未报, 未到), or an error with the text as typed."""

    value: Value = None
    mark: str = ""
    error: str = ""
    text: str = ""


def fold(text: str) -> str:
    """Full-width figures and signs as half-width, without blanks at the ends."""
    return str(text).translate(_FOLD).strip()


def read_cell(text: str, nature: MetricNature, day: datetime.date, starts_on: datetime.date) -> Cell:
    """The content of one cell of the sheet of `day`."""
    if nature is not MetricNature.DATE and text.isdigit() and text.isascii():
        return _read_count(text)  # as nearly every cell: nothing to fold, no word
    plain = fold(text)
    if plain.lower() in MARK_WORDS:
        return Cell(mark=MARK_WORDS[plain.lower()].value)
    if plain in MISSING_WORDS:
        return Cell()
    if nature is MetricNature.DATE:
        return _read_day(plain, day, starts_on)
    return _read_count(plain)


@lru_cache(maxsize=4096)  # the same small figures, a thousand times over in a city's workbooks
def _read_count(plain: str) -> Cell:
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if plain.endswith(".0"):
        plain = plain[:-2]
    if not _INTEGER.fullmatch(plain):
        return Cell(error=NOT_INTEGER, text=plain)
    return Cell(value=int(plain))


def _read_day(plain: str, day: datetime.date, starts_on: datetime.date) -> Cell:
    """A day; without a year the latest one not after the sheet's day, unless that lies before the round."""
    if match := _FULL_DAY.fullmatch(plain):
        year, month, number = (int(part) for part in match.groups())
        return _day_or_error(year, month, number, plain)
    if match := _SHORT_DAY.fullmatch(plain):
        month, number = (int(part) for part in match.groups())
        this_year = _day_or_error(day.year, month, number, plain)
        last_year = _day_or_error(day.year - 1, month, number, plain)
        after = not this_year.error and str(this_year.value) > day.isoformat()
        if after and not last_year.error and str(last_year.value) >= starts_on.isoformat():
            return last_year
        return this_year
    return Cell(error=NOT_A_DAY, text=plain)


def _day_or_error(year: int, month: int, number: int, plain: str) -> Cell:
    try:
        return Cell(value=datetime.date(year, month, number).isoformat())
    except ValueError:
        return Cell(error=NOT_A_DAY, text=plain)


def write_cell(value: Value, mark: str) -> str:
    """The text of a cell as it is typed again: figures plain, days 12-07, marks as words, 未报 empty."""
    if mark:
        return MARK_TEXT[mark]
    if value is None:
        return ""
    if isinstance(value, str):
        return value[5:]
    return str(value)


def figure_words(value: Value) -> str:
    """A figure as read in a sentence: 1,402, 12-07, 未报; a mark (na, unknown) by its word."""
    if value is None:
        return "未报"
    if isinstance(value, str):
        return MARK_TEXT.get(value) or value[5:]
    return num(value)
