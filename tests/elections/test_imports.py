"""Excel both ways: what we wrote reads back as no change; a change, a refusal and a foreign row."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from accounts.scope import scoped
from elections import actions
from elections.imports import OrgResource
from elections.models import Org

FILLED = {
    "party_org_type": "branch",
    "population": 1200,
    "households": 400,
    "registered_voters": 900,
    "party_members": 45,
    "seats_party": 3,
    "seats_committee": 5,
    "is_pilot": True,
    "current_total": 6,
    "current_women": 2,
    "current_age_tenths": 453,
    "current_one_shoulder": True,
    "previous_one_shoulder": False,
    "note": "山区",
}


@pytest.fixture
def filled(village, cast) -> Org:
    org = village()
    with scoped(cast.town) as town:
        return actions.change_org(org, FILLED, version=org.version, by=town)


@pytest.fixture
def book(filled, cast, tmp_path) -> Path:
    with scoped(cast.town) as town:
        return OrgResource().export(target=tmp_path / "底册.xlsx", scope=town)


def take(cast, path: Path, key: str = "town"):
    with scoped(getattr(cast, key)) as scope:
        preview = OrgResource().import_data(path, scope=scope).preview
    return (preview.new, preview.changed, preview.same, preview.errors), preview


def change_cell(path: Path, heading: str, code: str, value: object) -> None:
    """Write one cell of a workbook we made, by heading (the lower of two rows) and division code."""
    workbook = load_workbook(path)
    sheet = workbook.active
    rows = list(sheet.iter_rows())
    head = next(row for row in rows if any(cell.value == heading for cell in row))
    column = next(cell.column for cell in head if cell.value == heading)
    line = next(row for row in rows if row[0].value == code)
    sheet.cell(line[0].row, column).value = value
    workbook.save(path)


def test_what_we_wrote_reads_back_as_no_change(book, cast, filled):
    counts, preview = take(cast, book)
    assert preview.problems == []
    assert counts == (0, 0, 3, 0)
    with scoped(cast.town):
        assert Org.objects.get(pk=filled.pk).version == filled.version


def test_headings_are_merged_over_the_teams(book):
    sheet = load_workbook(book).active
    merged = {sheet[str(area).split(":")[0]].value for area in sheet.merged_cells.ranges}
    assert {"现任班子", "上届班子"} <= merged


def test_a_changed_cell_changes_one_record_and_counts_its_version(book, cast, filled):
    change_cell(book, "户籍人口", "990101001201", 1300)
    counts, preview = take(cast, book)
    assert (counts, preview.written) == ((0, 1, 2, 0), (0, 1))
    with scoped(cast.town):
        org = Org.objects.get(pk=filled.pk)
    assert (org.population, org.version, org.current_age_tenths) == (1300, filled.version + 1, 453)


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("户籍人口", -1),
        ("户籍人口", "约一千"),
        ("应换届", "否"),
        ("类型", "城中村"),
        ("备注", "电话13800138000"),
    ],
)
def test_a_bad_cell_writes_nothing(book, cast, filled, heading, value):
    change_cell(book, heading, "990101001201", value)
    counts, preview = take(cast, book)
    assert (counts, preview.written) == ((0, 0, 2, 1), None)


def test_a_foreign_township_cannot_take_the_sheet(book, cast):
    counts, preview = take(cast, book, "sibling_town")
    assert (counts, preview.written) == ((0, 0, 0, 3), None)
