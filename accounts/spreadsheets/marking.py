"""Gives the user's workbook back with each bad cell marked, or a list of the problems where that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from accounts.spreadsheets import limits
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.preview import Preview, Problem
from accounts.spreadsheets.reader import run_sandbox
from accounts.spreadsheets.writers import Column, Sheet, write_workbook

COLUMNS = [
    Column("工作表", width=14),
    Column("行", "int", width=7, total=False),
    Column("列", width=6),
    Column("列名", width=18),
    Column("错误", width=72, wrap=True),
    Column("代码", width=9),
]


def mark_workbook(source: IO[bytes], target: Path, preview: Preview) -> bool:
    """Write the marked copy of the workbook to `target`; True when it is the same workbook.

    The copy is made in the sandbox. A .csv, a very large or an unmarkable file gets a fresh list instead.
    """
    marks = [[p.sheet, p.row, p.col, f"{p.message}（{p.code}）", p.heading] for p in preview.problems]
    try:
        with target.open("w+b") as output:
            run_sandbox("mark", source, output, memory=limits.MARK_MEMORY, marks=marks)
    except FileRefused:
        list_problems(target, preview.problems, preview.errors)
        return False
    return True


def list_problems(target: Path, problems: list[Problem], errors: int) -> None:
    """A workbook that lists the problems with their places."""
    rows = [[p.sheet, p.row or None, p.letters, p.heading, p.message, p.code] for p in problems]
    more = [f"共 {errors} 行有错误，这里列出前 {len(problems)} 处。"] if errors > len(problems) else []
    sheet = Sheet("错误清单", COLUMNS, rows, title="导入核对错误清单", notes=more, freeze_columns=0)
    write_workbook(target, [sheet])
