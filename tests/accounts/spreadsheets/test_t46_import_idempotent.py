"""T46 import_idempotent: the same content a second time changes nothing; half bad imports nothing."""

import shutil

import openpyxl

from accounts.scope import scoped
from tests.accounts.spreadsheets.conftest import ROWS


def imported(village, person, path):
    with scoped(person) as scope:
        preview = village.VillageResource().import_data(path, scope=scope).preview
    return preview.new, preview.changed, preview.same, preview.errors, preview.written


def contents(village, person):
    with scoped(person):
        return list(village.SheetVillage.objects.order_by("pk").values())


def test_t46_same_renamed_and_saved_again(villages, cast, book, tmp_path):
    path = book()
    assert imported(villages, cast.town, path) == (3, 0, 0, 0, (3, 0))
    before = contents(villages, cast.town)
    assert imported(villages, cast.town, path) == (0, 0, 3, 0, (0, 0))
    shutil.copy(path, tmp_path / "另一个名字.xlsx")
    assert imported(villages, cast.town, tmp_path / "另一个名字.xlsx") == (0, 0, 3, 0, (0, 0))
    again = openpyxl.load_workbook(path)
    again.active.column_dimensions["A"].width = 30
    again.save(tmp_path / "again.xlsx")
    assert imported(villages, cast.town, tmp_path / "again.xlsx") == (0, 0, 3, 0, (0, 0))
    lines = [
        ",".join(str(c) for c in row)
        for row in [[cell.value for cell in r] for r in again.active.iter_rows()]
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines).replace("None", ""), encoding="utf-8-sig")
    assert imported(villages, cast.town, tmp_path / "t.csv") == (0, 0, 3, 0, (0, 0))
    assert contents(villages, cast.town) == before


def test_t46_half_bad_imports_nothing(villages, cast, book):
    bad = [[*row[:4], "几百", *row[5:]] if n % 2 else row for n, row in enumerate(ROWS)]
    assert imported(villages, cast.town, book(bad)) == (2, 0, 0, 1, None)
    assert contents(villages, cast.town) == []


def test_t46_one_changed_cell_changes_one_row(villages, cast, book):
    imported(villages, cast.town, book())
    before = {row["id"]: row for row in contents(villages, cast.town)}
    assert imported(villages, cast.town, book([[*ROWS[0][:4], 1201, *ROWS[0][5:]], *ROWS[1:]])) == (
        0,
        1,
        2,
        0,
        (0, 1),
    )
    touched = [row for row in contents(villages, cast.town) if row != before[row["id"]]]
    assert [row["population"] for row in touched] == [1201]
