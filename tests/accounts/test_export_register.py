"""导出登记 (T58): every exported file is entered, marked on every page, counted, and traced by what it carries."""

import hashlib
import random
import shutil
import subprocess
import zipfile

import pytest
from openpyxl import load_workbook

from accounts.jobs import runner
from accounts.models import ExportRecord
from accounts.models.exports import number_of, pk_of
from accounts.rules.row_watermark import agreement, arrange
from tests.accounts.spreadsheets.conftest import as_worker

KEY = b"a key of the tests"


@pytest.fixture
def results(committed, settings, tmp_path):
    settings.RESULTS_DIR = tmp_path / "results"
    settings.DATA_DIR = tmp_path
    return settings


@pytest.fixture
def exported(results, client_of):
    """(client, path of the job, content of the file) of the records of a county."""
    client = client_of("county")
    place = client.post("/imports/orgs/export/")["Location"]
    with as_worker():
        assert runner.run(int(place.rstrip("/").rsplit("/", 1)[1])) == "done"
    return client, place, fetched(client, place)


def fetched(client, place: str) -> bytes:
    """The result of a job, as a browser takes it: to the end."""
    answer = client.get(f"{place}result/")
    content = b"".join(answer.streaming_content)
    answer.close()
    return content


def entry() -> ExportRecord:
    return ExportRecord.objects.using("owner").get()


def test_t58_the_entry_says_who_took_what(exported, cast):
    made = entry()
    assert (made.holder_name, made.area.code, made.rows, made.downloads) == (
        cast.county.holder_name, "990101", 6, 1,
    )  # fmt: skip
    assert made.sha256 == hashlib.sha256(exported[2]).hexdigest()
    assert made.size == len(exported[2])
    assert round((made.expires_at - made.made_at).total_seconds() / 3600) == 24


def test_t58_each_download_is_counted(exported):
    client, place, _ = exported
    fetched(client, place)
    assert entry().downloads == 2


def test_t58_the_foot_of_each_sheet_names_number_and_person(exported, cast, tmp_path):
    path = tmp_path / "out.xlsx"
    path.write_bytes(exported[2])
    for sheet in load_workbook(path).worksheets:
        assert sheet.oddFooter.left.text == f"导出号 {entry().number}"
        assert sheet.oddFooter.right.text.startswith(f"{cast.county.office_name} {cast.county.holder_name} ")


def test_t58_saved_again_it_still_leads_back(exported, tmp_path):
    """Opened, sorted the other way, cropped to three columns and saved again: the foot stays."""
    path = tmp_path / "out.xlsx"
    path.write_bytes(exported[2])
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet.delete_cols(4, sheet.max_column)
    sheet.delete_rows(5, 2)
    book.save(path)
    found = load_workbook(path).worksheets[0].oddFooter.left.text.removeprefix("导出号 ")
    assert pk_of(found) == entry().pk


@pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="LibreOffice is not here"
)
def test_t58_printed_every_page_says_it(exported, tmp_path):
    path = tmp_path / "out.xlsx"
    path.write_bytes(exported[2])
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "out.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout
    pages = [page for page in text.split("\f") if page.strip()]
    assert [entry().number in page for page in pages] == [True] * len(pages)


def test_t58_the_register_finds_a_number(exported, client_of):
    client, _, _ = exported
    number = entry().number
    page = client.get("/system/exports/", {"number": f" {number.lower()} "}).content.decode()
    assert page.count(f">{number}</th>") == 1
    # Another county sees neither the entry nor whether there is one.
    other = client_of("other_county").get("/system/exports/", {"number": number}).content.decode()
    absent = client_of("other_county").get("/system/exports/", {"number": "DC9999999"}).content.decode()
    assert (other.count("没有这个导出号"), absent.count("没有这个导出号")) == (1, 1)


def test_the_register_takes_one_query_beside_the_frame(exported, client_of, django_assert_num_queries):
    client, _, _ = exported
    client.get("/system/exports/")
    with django_assert_num_queries(15):
        client.get("/system/exports/")


def test_the_api_lists_the_same(exported):
    client, _, _ = exported
    (row,) = client.get("/api/v1/exports/").json()["results"]
    made = entry()
    assert (row["number"], row["sha256"], row["rows"]) == (made.number, made.sha256, made.rows)


@pytest.mark.parametrize(
    ("text", "pk"),
    [
        ("DC0000123", 123),
        (" dc 0000123 ", 123),
        ("DC12345678", 12345678),
        ("DC", None),
        ("123", None),
        ("DC１２", None),
        ("DC-1", None),
    ],
)
def test_a_number_names_an_entry(text, pk):
    assert pk_of(text) == pk
    assert pk is None or pk_of(number_of(pk)) == pk


def people(chance: random.Random) -> list[tuple[str, str]]:
    rows = [
        (f"乡镇{town:02}", f"{town:02}-{chance.randrange(10**8):08}") for town in range(20) for _ in range(16)
    ]
    return sorted(rows)


def marked(rows, number):
    return arrange(rows, tie=lambda r: r[0], name=lambda r: r[1], number=number, key=KEY)


def best_of(seen, rows, numbers) -> int:
    """The number whose pairs agree most often with a leaked list."""
    votes = {}
    for number in numbers:
        agreed, readable = agreement(
            seen, rows, tie=lambda r: r[0], name=lambda r: r[1], number=number, key=KEY
        )
        votes[number] = agreed / readable if readable else 0
    return max(votes, key=votes.__getitem__)


def leaks(chance: random.Random, names: list[str]) -> list[list[str]]:
    """Twenty ways a list leaks without its foot: part of it, single rows missing, pasted in blocks."""
    found = []
    for turn in range(20):
        start = chance.randrange(0, len(names) // 2)
        part = names[start : start + len(names) // 2] if turn % 2 else list(names)
        found.append([name for name in part if chance.random() > 0.15])
    return found


def test_t58_rows_alone_lead_back():
    chance = random.Random(58)
    rows = people(chance)
    numbers = [chance.randrange(2**31) for _ in range(50)]
    taken = numbers[17]
    names = [row[1] for row in marked(rows, taken)]
    assert sum(best_of(seen, rows, numbers) == taken for seen in leaks(chance, names)) >= 18


def test_t58_negative_control_sorted_rows_say_nothing():
    chance = random.Random(58)
    rows = people(chance)
    numbers = [chance.randrange(2**31) for _ in range(50)]
    found = [
        best_of(sorted(row[1] for row in marked(rows, number)), rows, numbers) for number in numbers[:10]
    ]
    assert len(set(found)) == 1


def test_the_watermark_moves_no_row_out_of_its_group():
    rows = people(random.Random(1))
    arranged = marked(rows, 12345)
    assert ([row[0] for row in arranged], sorted(arranged)) == ([row[0] for row in rows], rows)


def test_the_file_names_the_number_in_its_properties(exported, tmp_path):
    path = tmp_path / "out.xlsx"
    path.write_bytes(exported[2])
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert entry().number.encode() in everything
