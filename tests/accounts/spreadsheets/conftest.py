"""The table of test villages, and workbooks made in code."""

import io
from contextlib import contextmanager

import openpyxl
import pytest
from django.conf import settings
from django.db import connections

from config.databases import WORKER, role_password

HEADINGS = [
    "区划代码",
    "乡镇(街道)",
    "村(社区)",
    "类型",
    "户籍人口",
    "登记选民",
    "党员",
    "书记",
    "身份证号",
    "成立日期",
    "试点",
]
ROWS = [
    ["990101001201", "岭下街道", "坡阳村", "村", 1200, 900, 41, "张一", "", "1985-03-01", "是"],
    ["990101001202", "岭下街道", "岭四村", "村改居", 800, 640, 30, "李二", "110101199003070011", "", "否"],
    ["990101001001", "岭下街道", "溪东社区", "社区", 3000, 2400, 90, "王三", "", "", ""],
]


@pytest.fixture(scope="package")
def village_table(snapshot, django_db_blocker):
    from tests.accounts.spreadsheets import village

    with django_db_blocker.unblock():
        village.drop_table()
        village.create_table()
        yield village
        village.drop_table()


@pytest.fixture
def villages(village_table, db):
    """The test table inside a transaction that is rolled back."""
    return village_table


@pytest.fixture
def book(tmp_path):
    """book(rows, headings=…, edit=…) saves a workbook and returns its path."""

    def make(rows=ROWS, headings=HEADINGS, edit=None, name="book.xlsx"):
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.append(headings)
        for row in rows:
            sheet.append(row)
        if edit:
            edit(sheet)
        path = tmp_path / name
        workbook.save(path)
        return path

    return make


def saved(workbook) -> io.BytesIO:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer


@contextmanager
def as_worker():
    """`default` and `ledger` connect as the worker's role, as in a Celery process."""
    before = {}
    for alias in ("default", "ledger"):
        connections[alias].close()
        before[alias] = dict(connections[alias].settings_dict)
        password = role_password(settings.SECRET_KEY, WORKER)
        connections[alias].settings_dict.update(USER=WORKER, PASSWORD=password)
    yield
    for alias, values in before.items():
        connections[alias].close()
        connections[alias].settings_dict.update(values)
