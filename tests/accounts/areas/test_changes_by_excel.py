"""Changes from a workbook: checked by the rules of the form, proposed all or none, signed by another person."""

import datetime
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from accounts.area_imports import AreaChangeResource
from accounts.jobs import runner
from accounts.models import AreaOperation, AuditAct
from tests.accounts.spreadsheets.conftest import as_worker

HEADINGS = [
    "变更",
    "生效日",
    "单位代码",
    "划入的上级代码",
    "新名称",
    "类型",
    "合并后（析出）单位的代码",
    "随同划出的下级代码",
    "依据",
]
START = "/imports/area-changes/"
TOWN = "990101102"
TOMORROW = timezone.localdate() + datetime.timedelta(days=1)
PAPER = "市政府批复〔2026〕1 号"
RENAME = ["更名", TOMORROW, f"{TOWN}203", None, "坡后村", None, None, None, PAPER]
MERGE = ["合并", TOMORROW, f"{TOWN}201、{TOWN}202", None, "坡上村", None, f"{TOWN}201", None, PAPER]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.UPLOADS_DIR = settings.RESULTS_DIR = settings.DATA_DIR = tmp_path


def sheet(*rows) -> SimpleUploadedFile:
    book = Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("变更.xlsx", buffer.getvalue())


def run(client, url: str) -> None:
    job = client.get(url).context["job"]
    with as_worker():
        assert runner.run(job.pk) == "done"


def checked(client, *rows) -> tuple[str, object]:
    url = client.post(START, {"file": sheet(*rows)})["Location"]
    run(client, url)
    return url, client.get(url).context["preview"]


def problems(client, *rows) -> list[tuple[int, str, str]]:
    _, preview = checked(client, *rows)
    return [(item.row, item.code, item.message) for item in preview.problems]


def test_each_row_becomes_a_proposal_of_one_batch_that_another_person_signs(committed, cast, client_of):
    county, city = client_of("county"), client_of("city")
    url, preview = checked(county, RENAME, MERGE)
    assert (preview.new, preview.problems) == (2, [])
    assert not AreaOperation.objects.using("owner").exists()
    county.post(f"{url}write/", {"rows": "2", "digest": preview.digest})
    run(county, url)
    made = list(AreaOperation.objects.using("owner").order_by("pk"))
    assert [(row.summary, row.state, row.effective_on, row.reason) for row in made] == [
        ("和平村更名为坡后村", "proposed", TOMORROW, PAPER),
        ("后溪村、王山头村合并为坡上村", "proposed", TOMORROW, PAPER),
    ]
    assert [row.kind for row in made] == ["rename", "merge"]
    assert len({row.batch for row in made}) == 1
    acts = AuditAct.objects.using("owner").filter(type__startswith="area_changes.").order_by("id")
    assert list(acts.values_list("type", flat=True)) == [
        "area_changes.imported", "area_changes.proposed", "area_changes.proposed",
    ]  # fmt: skip
    listed = city.get(f"/system/areas/changes/?batch={made[0].batch}")
    assert [may for _, may in listed.context["lines"]] == [True, True]
    city.post("/system/areas/changes/decide/", {"pk": [row.pk for row in made]})
    states = AreaOperation.objects.using("owner").values_list("state", flat=True)
    assert list(states) == ["approved", "approved"]


def test_the_same_file_again_proposes_nothing(committed, cast, client_of):
    county = client_of("county")
    url, preview = checked(county, RENAME)
    county.post(f"{url}write/", {"rows": "1", "digest": preview.digest})
    run(county, url)
    _, again = checked(county, RENAME)
    assert (again.new, again.same, again.problems) == (0, 1, [])
    other = [*RENAME[:4], "坡南村", *RENAME[5:]]
    [(row, code, message)] = problems(county, other)
    assert (row, code, "还有未办结的变更" in message) == (2, "XL-061", True)


def test_one_wrong_row_keeps_all_out(committed, cast, client_of):
    county = client_of("county")
    unknown = ["更名", TOMORROW, "990101102999", None, "坡南村", None, None, None, PAPER]
    outside = ["更名", TOMORROW, "990102101", None, "石塔乡", None, None, None, PAPER]
    twice = ["改类型", TOMORROW, f"{TOWN}202", None, "坡中社区", "社区", None, None, PAPER]
    url, preview = checked(county, MERGE, unknown, outside, twice)
    found = [(item.row, item.code, item.message) for item in preview.problems]
    assert [(row, code) for row, code, _ in found] == [(3, "XL-061"), (4, "XL-061"), (5, "XL-061")]
    assert [any(word in text for word in ("没有代码为", "管辖范围以外", "另一行已有变更")) for _, _, text in found] == [
        True, True, True,
    ]  # fmt: skip
    county.post(f"{url}write/", {"rows": "4", "digest": preview.digest})
    assert not AreaOperation.objects.using("owner").exists()


def test_template_and_export_have_the_same_columns(committed, cast, client_of):
    county = client_of("county")
    url, preview = checked(county, RENAME)
    county.post(f"{url}write/", {"rows": "1", "digest": preview.digest})
    run(county, url)
    answer = county.get("/imports/area-changes/template/")
    rows = list(
        load_workbook(
            io.BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content)
        ).active.values
    )
    assert [cell for cell in next(row for row in rows if row[0] == "变更") if cell] == HEADINGS
    assert b"/imports/area-changes/export/?state=&amp;batch=" in county.get("/system/areas/changes/").content
    place = county.post("/imports/area-changes/export/?state=proposed")["Location"]
    with as_worker():
        assert runner.run(int(place.rstrip("/").rsplit("/", 1)[1])) == "done"
    taken = county.get(f"{place}result/")
    lines = list(load_workbook(io.BytesIO(b"".join(taken.streaming_content))).active.values)
    taken.close()
    at = next(n for n, row in enumerate(lines) if row[0] == "变更")
    assert list(lines[at]) == HEADINGS
    day = datetime.datetime.combine(TOMORROW, datetime.time())
    assert list(lines[at + 1]) == [RENAME[0], day, *RENAME[2:]]
    assert [field.column_name for field in AreaChangeResource().sheet_fields.values()] == HEADINGS
