"""The day's sheet out to a workbook and back."""

import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from reports.models import DailyDraft
from tests.reports.daily.conftest import FIRST, SECOND, TOWN


def download(client, day) -> openpyxl.Workbook:
    response = client.get(f"/reports/daily/{day.date}/sheet.xlsx")
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))


def place(sheet, village: str, heading: str):
    """The cell of a village under a heading."""
    columns = {cell.value: cell.column for row in sheet.iter_rows() for cell in row if cell.value == heading}
    line = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == village)
    return sheet.cell(line, columns[heading])


def upload(client, day, book):
    buffer = io.BytesIO()
    book.save(buffer)
    return client.post(
        f"/reports/daily/{day.date}/import/", {"file": SimpleUploadedFile("日报.xlsx", buffer.getvalue())}
    )


def test_a_sheet_filled_in_elsewhere_is_previewed_and_kept(day, client_of):
    client = client_of("town")
    day.type(FIRST, "visits", "18")
    book = download(client, day)
    sheet = book.active
    assert place(sheet, FIRST, "走访户次").value == 18
    place(sheet, FIRST, "走访户次").value = 20
    place(sheet, SECOND, "走访户次").value = 7
    place(sheet, SECOND, "谈话人次").value = "不详"
    place(sheet, SECOND, "选情研判").value = day.date
    page = upload(client, day, book)
    preview = page.context["preview"]
    assert (preview.new, preview.changed, preview.same, preview.problems) == (3, 1, 0, [])
    edits = page.context["edits"]
    client.post(f"/reports/daily/{day.date}/import/", {"edits": edits})
    late = edits.replace('"20"', '"21"')
    left = client.post(f"/reports/daily/{day.date}/import/", {"edits": late}, follow=True).context["messages"]
    assert [(str(one), one.extra_tags) for one in left][-1:] == [
        ("1 格在核对之后被别人改过或不能保存，没有写入", "cells_not_written")
    ]
    drafts = {draft.area.code: draft for draft in DailyDraft.objects.using("owner").select_related("area")}
    assert drafts[FIRST].values == {"visits": 20}
    assert (drafts[SECOND].values, drafts[SECOND].marks) == (
        {"visits": 7, "assessed_on": day.date.isoformat()},
        {"talks": "unknown"},
    )
    again = upload(client, day, book).context["preview"]
    assert (again.edits, again.same) == ([], 4)


def test_each_bad_cell_is_named_with_its_place_and_nothing_is_kept(day, client_of):
    client = client_of("town")
    book = download(client, day)
    sheet = book.active
    wrong = place(sheet, FIRST, "走访户次")
    wrong.value = "三"
    place(sheet, SECOND, "区划代码").value = "990101102201"
    place(sheet, "990101102201", "村(社区)").value = "后溪村"
    page = upload(client, day, book)
    problems = page.context["preview"].problems
    assert [(one.code, one.message) for one in problems] == [
        ("DR-001", "坡阳村 走访户次 “三”不是整数"),
        ("DR-096", "“990101102201”不是本乡镇的村(社区)"),
    ]
    assert problems[0].place == f"{sheet.title} {wrong.coordinate}"
    assert DailyDraft.objects.using("owner").count() == 0


def test_a_file_that_is_no_sheet_is_refused_with_a_sentence(day, client_of):
    file = SimpleUploadedFile("日报.xlsx", b"not a workbook")
    page = client_of("town").post(f"/reports/daily/{day.date}/import/", {"file": file})
    assert (page.status_code, page.context["refusal"]) == (
        400,
        "没有找到表头。表头应当含有模板里的列名；请下载模板，把数填进去再传。（XL-020）",
    )


def test_a_filed_day_takes_no_file(day, client_of):
    day.fill()
    day.file()
    page = client_of("town").get(f"/reports/daily/{day.date}/import/")
    assert (page.status_code, page.context["refusal"].code) == (409, "day_is_filed")


def test_a_county_downloads_only_what_was_filed(day, client_of):
    day.type(FIRST, "visits", "18")
    county = client_of("county")
    response = county.get(f"/reports/daily/{day.date}/sheet.xlsx?unit={TOWN}")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert FIRST not in [cell.value for row in sheet.iter_rows() for cell in row]


def test_a_program_looks_at_a_sheet_and_keeps_its_edits(day, client_of):
    """sheet/, import/ and draft/ of the API do what download, preview and keeping do on the screens."""
    client, url = client_of("town"), f"/api/v1/daily/{day.date}/"
    answer = client.get(url + "sheet/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    place(book.active, FIRST, "走访户次").value = 20
    place(book.active, SECOND, "走访户次").value = "很多"
    buffer = io.BytesIO()
    book.save(buffer)
    looked = client.post(url + "import/", {"file": SimpleUploadedFile("日报.xlsx", buffer.getvalue())})
    preview = looked.json()
    assert (looked.status_code, preview["new"], preview["changed"]) == (200, 1, 0)
    assert preview["edits"] == [{"village": FIRST, "key": "visits", "text": "20", "base": 0}]
    assert [problem["code"] for problem in preview["problems"]] == ["DR-001"]
    kept = client.put(url + "draft/", {"edits": preview["edits"]}, content_type="application/json").json()
    assert ([one["village"] for one in kept["saved"]], kept["conflicts"]) == ([FIRST], [])
    assert client.post(url + "import/", {}).json()["code"] == "XL-001"
    assert client.post(url + "import/", "{}", content_type="application/json").status_code == 415
