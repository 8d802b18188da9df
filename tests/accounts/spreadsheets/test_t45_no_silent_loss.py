"""T45 no_silent_loss: what is read equals what was put in, whoever wrote the file and however it is arranged."""

import datetime
import random
import re
import shutil
import subprocess

import openpyxl
import pytest
import xlsxwriter

from accounts.spreadsheets.headings import cell_value
from accounts.spreadsheets.reader import read_file
from accounts.spreadsheets.writers import Column, Sheet, write_workbook
from tests.accounts.spreadsheets.bad_kinds import SHEET, patched

OFFICE = shutil.which("soffice")


def table(rng: random.Random) -> list[list]:
    """A table with texts, figures, days, gaps and empty cells."""
    width, height = rng.randint(2, 9), rng.randint(1, 60)
    choices = [
        lambda: f"村{rng.randint(0, 999)}",
        lambda: rng.randint(-5, 10**9),
        lambda: rng.randint(1, 999) / 8,
        lambda: datetime.date(1950, 1, 1) + datetime.timedelta(rng.randint(0, 40_000)),
        lambda: None,
        lambda: "𠮷" + "\u3000" * rng.randint(0, 2) + "乙",
        lambda: "0" * rng.randint(1, 17) + str(rng.randint(1, 9)),
    ]
    rows = [[rng.choice(choices)() for _ in range(width)] for _ in range(height)]
    for row in rows:
        if rng.random() < 0.15:
            row[:] = [None] * width
    if all(value is None for row in rows for value in row):
        rows[0][0] = "村"
    return rows


def expected(rows: list[list], first_row: int = 1) -> list[tuple[int, list[str]]]:
    out = []
    for number, row in enumerate(rows, start=first_row):
        texts = ["" if value is None else value_text(value) for value in row]
        while texts and texts[-1] == "":
            texts.pop()
        if texts:
            out.append((number, texts))
    return out


def value_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else repr(value)
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def read(path, tmp_path) -> list[tuple[int, list[str]]]:
    with path.open("rb") as source:
        book = read_file(source, tmp_path / "rows.tsv")
    out = []
    for number, cells in book.head(book.sheets[0], 10**6):
        texts = [cell_value(cell) if cell else "" for cell in cells]
        while texts and texts[-1] == "":
            texts.pop()
        out.append((number, texts))
    return out


def by_openpyxl(rows, path, rng) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for number in range(1, len(rows) + 1):
        book.active.row_dimensions[number].hidden = rng.random() < 0.2
    book.active.auto_filter.ref = f"A1:B{len(rows)}"
    book.save(path)
    if rng.random() < 0.5:
        lie = rng.choice([b"A1", b"A1:B2", b"A1:XFD1048576", b"C3:D4"])
        path.write_bytes(
            patched(
                path.read_bytes(),
                {SHEET: lambda c: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="' + lie + b'"', c)},
            )
        )


def by_xlsxwriter(rows, path, rng) -> None:
    options = {"constant_memory": rng.random() < 0.5, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, datetime.date):
                    page.write_datetime(r, c, value, day)
                elif isinstance(value, str):
                    page.write_string(r, c, value)
                elif value is not None:
                    page.write_number(r, c, value)


def by_our_writer(rows, path, rng) -> None:
    width = len(rows[0])
    kinds = ["text" if any(isinstance(row[c], str) for row in rows) else "number" for c in range(width)]
    kinds = [
        "date" if all(isinstance(r[c], datetime.date | None) for r in rows) else kinds[c]
        for c in range(width)
    ]
    write_workbook(path, [Sheet("表", [Column(f"列{c}", k) for c, k in enumerate(kinds)], rows)])


def check(seed: int, tmp_path) -> None:
    rng = random.Random(seed)
    rows, path = table(rng), tmp_path / f"{seed}.xlsx"
    writer = rng.choice([by_openpyxl, by_xlsxwriter])
    writer(rows, path, rng)
    assert read(path, tmp_path) == expected(rows), (seed, writer.__name__)


def test_t45_short(tmp_path):
    for seed in range(40):
        check(seed, tmp_path)


@pytest.mark.long
def test_t45_long(tmp_path):
    for seed in range(500):
        check(seed, tmp_path)


def test_t45_our_own_writer_is_read_back(tmp_path):
    rng = random.Random(7)
    rows = [
        [f"村{n}", n * 3, datetime.date(2026, 1, 1) + datetime.timedelta(n), f"{n:018}"] for n in range(300)
    ]
    by_our_writer(rows, tmp_path / "ours.xlsx", rng)
    assert read(tmp_path / "ours.xlsx", tmp_path)[1:] == expected(rows, first_row=2)


@pytest.mark.skipif(not OFFICE, reason="no LibreOffice on this machine")
@pytest.mark.long
def test_t45_another_office_suite_saves_the_same(tmp_path):
    rng = random.Random(11)
    rows = table(rng)
    by_openpyxl(rows, tmp_path / "in.xlsx", rng)
    (tmp_path / "out").mkdir()
    subprocess.run(
        [OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx",
         "--outdir", str(tmp_path / "out"), str(tmp_path / "in.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert read(tmp_path / "out" / "in.xlsx", tmp_path) == expected(rows)


def test_t45_control_the_usual_fast_reading_loses_rows(tmp_path):
    """openpyxl's read-only mode without reset_dimensions() believes the file and drops 40 of 50 rows."""
    book = openpyxl.Workbook()
    for n in range(50):
        book.active.append([f"村{n}", n])
    path = tmp_path / "lie.xlsx"
    book.save(path)
    path.write_bytes(
        patched(
            path.read_bytes(),
            {SHEET: lambda c: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B10"', c)},
        )
    )
    lazy = openpyxl.load_workbook(path, read_only=True)
    assert len(list(lazy.active.iter_rows())) == 10
    lazy.close()
    assert len(read(path, tmp_path)) == 50
