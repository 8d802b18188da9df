"""The workbooks of many townships in one .zip: whose each is, of which day, and what it says against what was filed."""

import datetime
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from accounts.choices import Level
from accounts.free_text import holds_personal_number
from accounts.metrics import Metric
from accounts.models import Area
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.bundle import Member
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.reader import BookRead
from reports.daily_exchange import FilePreview, preview_of
from reports.models import DailyFigure, DailyRevision
from reports.queries.day import Day
from reports.queries.rows import values_of, villages_with_base
from reports.queries.settings import InForce
from reports.rules import days
from reports.rules.checks import Row

if TYPE_CHECKING:
    from accounts.scope import Scope

DATE = re.compile(r"(20\d\d)\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})")
RESOURCE = "daily-bundle"
TITLE_LINES, CODE_LINES = 4, 80


@dataclass
class Collected:
    """One file of the bundle: what it is, or why it is left out."""

    name: str
    township: str = ""
    code: str = ""
    date: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    cells: list[list[str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return bool(self.code and self.cells and not self.problems)


def keep(desk: desks.Desk, files: list[Collected]) -> None:
    """Leave what was read on the desk, sealed."""
    desk.keep(desks.ROWS, [json.dumps([asdict(one) for one in files], ensure_ascii=False).encode()])


def kept(desk: desks.Desk) -> list[Collected]:
    """What was read of an upload."""
    with desk.part(desks.ROWS).open() as source:
        return [Collected(**one) for one in json.load(source)]


class Places:
    """Townships and villages of a unit, and what was filed, read once for the whole bundle."""

    def __init__(self, scope: "Scope", force: InForce, unit: Area) -> None:
        towns = Area.objects.visible_to(scope).within(unit.path).filter(level=Level.TOWNSHIP, valid_to=None)
        self.force, self.towns = force, {town.pk: town for town in towns}
        places = Area.objects.within(unit.path).filter(parent_id__in=self.towns)
        self.town_of = dict(places.values_list("pk", "parent_id"))
        self.villages: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
        self.town_by_code: dict[str, int] = {}
        for pk, code, name, _base in villages_with_base(force.round, unit, days.local_day(force.now)):
            if town := self.town_of.get(pk):
                self.villages[town].append((pk, code, name))
                self.town_by_code[code] = town
        self._filed: dict[datetime.date, dict[int, DailyFigure]] = {}

    def day(self, town: Area, date: datetime.date, items: list[Metric]) -> Day:
        """The township's day as its superior may see it: villages and what was filed, never a draft."""
        filed = self._figures(date)
        rows = []
        for pk, code, name in self.villages[town.pk]:
            row = Row(village=pk, code=code, name=name)
            if figure := filed.get(pk):
                row.values, row.marks, row.note = values_of(figure, items), dict(figure.marks), figure.note
            rows.append(row)
        return Day(self.force, town, date, None, {}, items, rows)

    def _figures(self, date: datetime.date) -> dict[int, DailyFigure]:
        if date not in self._filed:
            newest = (
                DailyRevision.objects.filter(round=self.force.round, date=date, area__in=self.towns)
                .order_by("area_id", "-number")
                .distinct("area_id")
                .values_list("pk", flat=True)
            )
            figures = DailyFigure.objects.filter(date=date, revision__in=list(newest))
            self._filed[date] = {figure.area_id: figure for figure in figures}
        return self._filed[date]


def collect(
    members: Iterable[Member], scope: "Scope", force: InForce, unit: Area, default: datetime.date
) -> list[Collected]:
    """Each file with the checks of a township's own upload; `default` is the day of files that name none.

    Five queries, two more for each day.
    """
    places = Places(scope, force, unit)
    items: dict[datetime.date, list[Metric]] = {}
    seen: dict[tuple[str, str], str] = {}
    found = []
    for member in members:
        one = Collected(member.name)
        found.append(one)
        try:
            if member.refused or member.book is None:
                raise member.refused or FileRefused("XL-010")
            _read(one, member.book, places, items, default)
            if (one.code, one.date) in seen:
                raise FileRefused("XL-086", detail=seen[one.code, one.date])
            seen[one.code, one.date] = member.name
        except FileRefused as refusal:
            one.problems.append(str(refusal))
    return found


def _read(
    one: Collected,
    book: BookRead,
    places: Places,
    items: dict[datetime.date, list[Metric]],
    default: datetime.date,
) -> None:
    sheet = next((sheet for sheet in book.sheets if sheet.is_read), None)
    if sheet is None:
        raise FileRefused("XL-017")
    lines = [[cell[1:] for cell in cells] for _row, cells in book.head(sheet, CODE_LINES)]
    title = " ".join(text for cells in lines[:TITLE_LINES] for text in cells)
    town = _township(places, lines, title, one.name)
    date = _date(title) or _date(one.name) or default
    if not days.reporting_days(places.force.round, date, date) or date > days.local_day(places.force.now):
        raise FileRefused("XL-085")
    one.township, one.code, one.date = town.name, town.code, date.isoformat()
    metrics = items.setdefault(date, places.force.items(date))
    preview: FilePreview = preview_of(book, places.day(town, date, metrics))
    one.counts = {
        "new": preview.new,
        "changed": preview.changed,
        "same": preview.same,
        "villages": preview.villages,
    }
    one.cells = [[edit.village, edit.key, edit.text] for edit in preview.edits]
    if any(key == "note" and holds_personal_number(text) for _code, key, text in one.cells):
        raise FileRefused("XL-087")
    one.problems = [f"{problem.place} {problem.message}（{problem.code}）" for problem in preview.problems]


def _township(places: Places, lines: list[list[str]], title: str, filename: str) -> Area:
    """By the codes of its villages, else by its name in the title, else in the file's name."""
    codes = {text for cells in lines for text in cells if len(text) == 12 and text.isdecimal()}
    if codes:
        by_code = {places.town_by_code[code] for code in codes if code in places.town_by_code}
        if len(by_code) == 1:
            return places.towns[by_code.pop()]
        raise FileRefused("XL-083" if by_code else "XL-084")
    for text in (title, filename):
        named = [town for town in places.towns.values() if town.name in text]
        longest = [
            town for town in named if not any(town.name != o.name and town.name in o.name for o in named)
        ]
        if len(longest) == 1:
            return longest[0]
    raise FileRefused("XL-083")


def _date(text: str) -> datetime.date | None:
    found = DATE.search(text)
    try:
        return datetime.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
