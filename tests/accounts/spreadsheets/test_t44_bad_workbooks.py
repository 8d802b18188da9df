"""T44 bad_workbooks: every kind is read right or refused with its place, in 10 s and 512 MiB, without a death."""

import time

import openpyxl
import pytest

from accounts.scope import scoped
from accounts.spreadsheets import limits, reader
from accounts.spreadsheets.codes import FileRefused, column_letters
from tests.accounts.spreadsheets import bad_books
from tests.accounts.spreadsheets.bad_kinds import KINDS
from tests.accounts.spreadsheets.bad_tables import dimension_too_small


def outcome(village, person, path):
    """The code with its place, the problems of cells, or the number of rows that would be written."""
    with scoped(person) as scope:
        try:
            preview = village.VillageResource().import_data(path, dry_run=True, scope=scope).preview
        except FileRefused as refused:
            place = [
                f"第 {refused.row} 行" if refused.row else "",
                f"{column_letters(refused.col)} 列" if refused.col else "",
            ]
            return " ".join([refused.code, *filter(None, place)])
    if preview.problems:
        return [(p.row, p.letters, p.code) for p in preview.problems]
    return preview.rows


def test_there_are_thirty_kinds():
    assert bad_books.empty_file.__name__ in KINDS
    assert len(KINDS) >= 30


@pytest.mark.parametrize("name", KINDS)
def test_t44_each_kind_is_right_or_refused(name, villages, cast, tmp_path, monkeypatch):
    maker, suffix, expected = KINDS[name]
    path = tmp_path / f"bad.{suffix}"
    path.write_bytes(maker())
    peaks = []
    original = reader.run_sandbox

    def watched(*args, **options):
        report = original(*args, **options)
        peaks.append(report["peak_mb"])
        return report

    monkeypatch.setattr(reader, "run_sandbox", watched)
    start = time.monotonic()
    assert outcome(villages, cast.town, path) == expected
    assert time.monotonic() - start <= limits.READ_SECONDS + 2
    assert all(peak <= 512 for peak in peaks)


def test_t44_control_a_trusting_reader_loses_rows(tmp_path):
    """Without our own reading the lying dimension costs two of three rows: the test above can fail."""
    path = tmp_path / "x.xlsx"
    path.write_bytes(dimension_too_small())
    book = openpyxl.load_workbook(path, read_only=True)
    assert len([row for row in book.active.iter_rows(values_only=True)]) == 2
    book.close()
