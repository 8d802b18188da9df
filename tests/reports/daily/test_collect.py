"""A county's .zip of township sheets: each file recognised or refused with its sentence, laid before the township."""

import io
import shutil
import tempfile
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.jobs import runner
from accounts.spreadsheets import limits, reader
from accounts.spreadsheets.bundle import Member, read_bundle
from reports.models import DailyDraft, DailyOffer, DailyRevision, DailySheet
from tests.accounts.spreadsheets.conftest import as_worker
from tests.reports.daily.conftest import FIRST
from tests.reports.daily.test_exchange import download, place

START = "/reports/daily/collect/"


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def offer(county, url: str) -> None:
    """Confirm what was read, and let the job run."""
    started = county.post(url)["Location"]
    with as_worker():
        assert runner.run(int(started.rstrip("/").rsplit("/", 1)[1])) == "done"


def sheet_of(client, day, visits: object = 18) -> bytes:
    """The township's own workbook of the day with one figure filled in."""
    book = download(client, day)
    place(book.active, FIRST, "走访户次").value = visits
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def send(client, content: bytes, name: str = "各乡镇.zip"):
    return client.post(START, {"file": SimpleUploadedFile(name, content)})


def test_the_county_offers_and_the_township_takes_and_files_itself(day, client_of):
    county, town = client_of("county"), client_of("town")
    answer = send(county, zipped(("岭下街道.xlsx", sheet_of(town, day))))
    assert answer.status_code == 302
    [one] = county.get(answer["Location"]).context["files"]
    assert (one.township, one.date, one.counts["new"], one.problems) == (
        "岭下街道",
        day.date.isoformat(),
        1,
        [],
    )
    offer(county, answer["Location"])
    assert (DailyDraft.objects.using("owner").count(), DailySheet.objects.using("owner").count()) == (0, 0)
    assert "送来" in town.get("/").content.decode()
    page = town.get(f"/reports/daily/{day.date}/offer/")
    assert (page.context["preview"].new, page.context["preview"].villages) == (1, 1)
    town.post(f"/reports/daily/{day.date}/offer/", {"edits": page.context["edits"]})
    [draft] = DailyDraft.objects.using("owner").filter(area__code=FIRST)
    assert draft.values == {"visits": 18}
    assert DailyRevision.objects.using("owner").count() == 0
    assert town.get(f"/reports/daily/{day.date}/offer/").status_code == 404
    assert not DailyOffer.objects.using("owner").get().is_open


def test_the_grid_shows_the_offer_and_the_township_may_leave_it(day, client_of):
    county, town = client_of("county"), client_of("town")
    offer(county, send(county, zipped(("岭下街道.xlsx", sheet_of(town, day))))["Location"])
    grid = f"/reports/daily/{day.date}/"
    [waiting] = DailyOffer.objects.using("owner").all()
    assert town.get(grid).context["offer"] == waiting
    answer = town.post(f"{grid}offer/", {"act": "decline"})
    assert (answer.status_code, answer["Location"]) == (302, grid)
    assert town.get(grid).context["offer"] is None
    assert DailyDraft.objects.using("owner").count() == 0
    assert town.post(f"{grid}offer/", {"act": "decline"}).status_code == 409


def test_each_file_that_cannot_be_taken_has_its_sentence(day, client_of):
    county, town = client_of("county"), client_of("town")
    good = sheet_of(town, day)
    bad = sheet_of(town, day, visits="三")
    bundle = zipped(
        ("一.xlsx", good),
        ("二.xlsx", good),
        ("三.xlsx", bad),
        ("../四.xlsx", good),
        ("说明.docx", b"PK"),
        ("五.xlsx", b"not a workbook"),
    )
    files = county.get(send(county, bundle)["Location"]).context["files"]
    said = [(one.name, one.is_good, [text[-8:] for text in one.problems]) for one in files]
    assert said == [
        ("二.xlsx", False, ["（XL-086）"]),
        ("三.xlsx", False, ["（DR-001）", "（XL-086）"]),
        ("四.xlsx", False, ["（XL-082）"]),
        ("说明.docx", False, ["（XL-003）"]),
        ("五.xlsx", False, ["（XL-083）"]),
        ("一.xlsx", True, []),  # those to be mended come first
    ]


def test_a_bad_cell_keeps_the_whole_file_back(day, client_of):
    county = client_of("county")
    answer = send(county, zipped(("三.xlsx", sheet_of(client_of("town"), day, visits="三"))))
    [one] = county.get(answer["Location"]).context["files"]
    assert [text.rsplit("（", 1)[1] for text in one.problems] == ["DR-001）"]
    assert county.post(answer["Location"])["Location"] == answer["Location"]
    assert DailyOffer.objects.using("owner").count() == 0


def test_another_countys_township_is_not_recognised(day, client_of):
    county = client_of("other_county")
    answer = send(county, zipped(("岭下街道.xlsx", sheet_of(client_of("town"), day))))
    [one] = county.get(answer["Location"]).context["files"]
    assert (one.township, one.problems) == (
        "",
        ["不是本辖区的乡镇。请核对标题里的乡镇名和区划代码。（XL-084）"],
    )


def one_workbook() -> bytes:
    """What a county sends that has one township's sheet only: an .xlsx is an archive as well."""
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    return book.getvalue()


def bomb() -> bytes:
    """More than the bundle may hold, in a few kilobytes."""
    return zipped(*[(f"{n}.xlsx", bytes(19 << 20)) for n in range(7)])


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"x", "XL-080"), (one_workbook(), "XL-080"), (b"PK\x03\x04broken", "XL-010"), (bomb(), "XL-081")],
)
def test_an_archive_that_cannot_be_taken_is_refused_as_a_whole(day, client_of, content, code):
    answer = send(client_of("county"), content)
    assert (answer.status_code, f"（{code}）" in answer.content.decode()) == (400, True)


@pytest.fixture
def deadly(tmp_path, monkeypatch):
    """A sandbox whose parser dies of one file and hangs in another, as a fault in it would make it."""
    folder = tmp_path / "sandbox"
    shutil.copytree(reader.ENTRY.parent, folder)
    entry = folder / reader.ENTRY.name
    trap = (
        "    head = source.read(5)\n    source.seek(0)\n"
        "    if head == b'kill!':\n        os.abort()\n"
        "    while head == b'hang!':\n        pass\n"
    )
    place_ = '    report["kind"] = cx_archive.kind_of(source)\n'
    text = entry.read_text()
    assert text.count(place_) == 1
    entry.write_text(text.replace(place_, trap + place_))
    monkeypatch.setattr(reader, "ENTRY", entry)
    monkeypatch.setattr(limits, "READ_SECONDS", 1)


def read(content: bytes) -> list[Member]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        return read_bundle(file)


def test_a_file_that_ends_the_sandbox_is_refused_alone(deadly):
    bundle = zipped(
        ("1.xlsx", b"x"), ("2.xlsx", b"kill!"), ("3.xlsx", b"x"), ("4.xlsx", b"hang!"), ("5.xlsx", b"x")
    )
    found = read(bundle)
    codes = [(one.name, one.refused.code if one.refused else "") for one in found]
    # What is no workbook is read as delimited text.
    assert codes == [
        ("1.xlsx", ""),
        ("2.xlsx", "XL-016"),
        ("3.xlsx", ""),
        ("4.xlsx", "XL-015"),
        ("5.xlsx", ""),
    ]
    assert [
        [text for _row, cells in one.book.head(one.book.sheets[0], 9) for text in cells] for one in found[::2]
    ] == [["sx"]] * 3


def test_after_three_such_files_the_rest_is_not_read(deadly):
    found = read(zipped(*[(f"{n}.xlsx", b"kill!") for n in range(3)], ("3.xlsx", b"x")))
    assert [one.refused.code for one in found] == ["XL-016"] * 3 + ["XL-088"]
