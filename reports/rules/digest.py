"""The digest of a filed report: SHA-256 over its rows in one canonical form (`sha256-rows-1`).

One line a village in the order of the codes: JSON with sorted keys, without blanks, UTF-8; days as ISO text;
only keys that have a value or a mark. Anybody with the rows can compute it again.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CanonicalRow:
    """One village as filed."""

    code: str
    values: Mapping[str, int | str | datetime.date | None]
    marks: Mapping[str, str]
    note: str


def digest(unit: str, day: datetime.date, number: int, rows: Iterable[CanonicalRow]) -> str:
    """Hex digest of one revision of the unit with this code."""
    lines = [_line({"unit": unit, "date": day.isoformat(), "number": number})]
    for row in sorted(rows, key=lambda row: row.code):
        values = {key: _plain(value) for key, value in row.values.items() if value is not None}
        lines.append(_line({"code": row.code, "values": values, "marks": dict(row.marks), "note": row.note}))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _plain(value: int | str | datetime.date) -> int | str:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _line(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def short(hexadecimal: str) -> str:
    """The check code people compare: first 8 hex digits in two groups, 7F3A 91C2."""
    return f"{hexadecimal[:4]} {hexadecimal[4:8]}".upper()
