"""An upload is received and read while its request has no transaction open; the same probe sees one elsewhere."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from accounts.spreadsheets import exporting, reader
from reports.queries.clock import database_now
from reports.rules.days import local_day
from tests.security.stage import day_sheet, workbook
from tests.snapshot import superuser

OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cunxuan_web' AND state = 'idle in transaction' "
    "AND datname = current_database()"
)


def open_transactions() -> tuple[bool, int]:
    """Whether this process has one on `default`, and how many the web role's sessions hold in the database."""
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        count = cursor.fetchone()[0]
    connection.close()
    return connections["default"].in_atomic_block, count


@pytest.fixture
def seen(monkeypatch, committed, settings, tmp_path):
    """What the probe saw at each run of the sandbox."""
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path
    found, run = [], reader.run_sandbox

    def probed(*args, **options):
        found.append(open_transactions())
        return run(*args, **options)

    monkeypatch.setattr(reader, "run_sandbox", probed)
    return found


def test_the_wizard_reads_outside_any_transaction(seen, cast, client_of):
    file = SimpleUploadedFile("底册.xlsx", workbook("town", cast))
    assert client_of("town").post("/imports/orgs/", {"file": file}).status_code == 302
    assert seen == [(False, 0)]


def test_the_daily_sheet_is_read_outside_any_transaction(seen, cast, client_of):
    file = SimpleUploadedFile("日报.xlsx", day_sheet("town", cast))
    url = f"/reports/daily/{local_day(database_now())}/import/"
    assert client_of("town").post(url, {"file": file}).status_code == 200
    assert seen == [(False, 0)]


def test_a_refused_file_gets_its_page_inside_the_scope(seen, cast, client_of):
    book = openpyxl.Workbook()
    book.active.append(["什么", "也不是"])
    saved = io.BytesIO()
    book.save(saved)
    page = client_of("town").post("/imports/orgs/", {"file": SimpleUploadedFile("x.xlsx", saved.getvalue())})
    assert (page.status_code, page.context["shell"].unit_name) == (400, "岭下街道")


def test_the_probe_sees_the_transaction_of_an_ordinary_request(seen, cast, client_of, monkeypatch):
    write = exporting.write_workbook
    probed = lambda *args: (seen.append(open_transactions()), write(*args))[1]  # noqa: E731
    monkeypatch.setattr(exporting, "write_workbook", probed)
    answer = client_of("town").get("/imports/orgs/template/")
    b"".join(answer.streaming_content)
    answer.close()
    assert seen == [(True, 1)]
