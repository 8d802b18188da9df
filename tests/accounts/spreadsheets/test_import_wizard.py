"""The four steps of the wizard, as a browser without scripts goes through them."""

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.jobs import runner
from accounts.models import Job
from accounts.spreadsheets import desk, register_resource, registry
from accounts.views.import_columns import masked
from tests.accounts.spreadsheets.conftest import HEADINGS, ROWS, as_worker
from tests.snapshot import superuser


@pytest.fixture
def sheets(village_table, committed, settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.DATA_DIR = tmp_path
    register_resource("villages", village_table.VillageResource, ("township",), ("township", "county_office"))
    yield village_table
    registry._registered.pop("villages")


def upload(client, path, name="底册.xlsx"):
    return client.post("/imports/villages/", {"file": SimpleUploadedFile(name, path.read_bytes())})


def run_jobs() -> list[str]:
    with as_worker():
        connection = superuser()
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM accounts_job WHERE state = 'queued' ORDER BY id")
            waiting = [pk for (pk,) in cursor.fetchall()]
        connection.close()
        return [runner.run(pk) for pk in waiting]


def test_a_good_file_is_checked_confirmed_and_written(sheets, cast, client_of, book):
    client = client_of("town")
    assert client.get("/imports/villages/").status_code == 200
    answer = upload(client, book())
    assert answer.status_code == 302
    page = client.get(answer.url)
    assert "等待执行" in page.content.decode()
    assert run_jobs() == ["done"]
    page = client.get(answer.url)
    preview = page.context["preview"]
    assert (preview.rows, preview.new, preview.errors) == (3, 3, 0)
    unconfirmed = client.post(answer.url + "write/", {"digest": preview.digest}, follow=True)
    assert "请先确认读到的行数：3 行" in unconfirmed.content.decode()
    client.post(answer.url + "write/", {"digest": preview.digest, "rows": "3"})
    assert run_jobs() == ["done"]
    page = client.get(answer.url)
    assert page.context["job"].message == "写入 3 行：新增 3，更新 0，无变化 0。"


def test_unknown_headings_go_to_the_second_step(sheets, cast, client_of, book):
    client = client_of("town")
    headings = [*HEADINGS[:4], "常住人口总数", *HEADINGS[5:]]
    answer = upload(client, book(headings=headings))
    page = client.get(answer.url)
    assert page.context["sheets"][0]["warnings"] == ["没有找到“户籍人口”。"]
    fields = {
        c["field"]: next((k for k, _l, on in c["options"] if on), "")
        for c in page.context["sheets"][0]["columns"]
    }
    refused = client.post(answer.url + "columns/", fields)
    assert refused.status_code == 400
    assert refused.context["problems"] == ["还没有选“户籍人口”是哪一列。"]
    assert client.post(answer.url + "columns/", {**fields, "s0c5": "population"}).status_code == 302
    assert run_jobs() == ["done"]
    assert client.get(answer.url).context["preview"].new == 3


def test_bad_cells_come_back_marked(sheets, cast, client_of, book, tmp_path):
    client = client_of("town")
    rows = [list(ROWS[0]), [*ROWS[1][:4], "很多", *ROWS[1][5:]], list(ROWS[2])]
    answer = upload(client, book(rows))
    run_jobs()
    page = client.get(answer.url)
    assert [(p.row, p.letters, p.code) for p in page.context["preview"].problems] == [(3, "E", "XL-041")]
    marked = client.get(answer.url + "marked/")
    (tmp_path / "marked.xlsx").write_bytes(b"".join(marked.streaming_content))
    sheet = openpyxl.load_workbook(tmp_path / "marked.xlsx").active
    assert sheet["E3"].comment.text == "不是整数。（XL-041）"
    assert sheet["L3"].value == "户籍人口：不是整数。（XL-041）"
    assert [cell.value for cell in sheet[2]][:5] == ROWS[0][:5]
    assert client.post(answer.url + "write/", {"rows": "3"}, follow=True).context["preview"].written is None


def test_data_changed_since_the_preview_is_shown_again(sheets, cast, client_of, book):
    client = client_of("town")
    first = upload(client, book())
    run_jobs()
    second = upload(client, book([[*ROWS[0][:4], 1300, *ROWS[0][5:]]], name="b.xlsx"))
    run_jobs()
    old = client.get(first.url).context["preview"]
    newer = client.get(second.url).context["preview"]
    client.post(second.url + "write/", {"digest": newer.digest, "rows": "1"})
    run_jobs()
    client.post(first.url + "write/", {"digest": old.digest, "rows": "3"})
    run_jobs()
    page = client.get(first.url)
    assert page.context["desk"].stale
    assert (page.context["preview"].new, page.context["preview"].changed) == (2, 1)


def test_foreign_uploads_and_roles_are_closed(sheets, cast, client_of, book):
    answer = upload(client_of("town"), book())
    assert client_of("sibling_town").get(answer.url).status_code == 404
    assert client_of("county").get("/imports/villages/").status_code == 403
    assert client_of("town").get("/imports/nothing/").status_code == 404
    assert client_of("town").get("/imports/villages/" + "a" * 24 + "/").status_code == 404


def test_a_refused_file_leaves_nothing_behind(sheets, cast, client_of, tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"%PDF-1.7")
    answer = upload(client_of("town"), tmp_path / "x.xlsx")
    assert answer.status_code == 400
    assert "（XL-003）" in answer.content.decode()
    assert list(desk.root().iterdir()) == []


def test_template_and_export_can_be_imported_again(sheets, cast, client_of, book, tmp_path):
    client = client_of("town")
    template = client.get("/imports/villages/template/")
    (tmp_path / "t.xlsx").write_bytes(b"".join(template.streaming_content))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert [sheet.cell(row, 3).value for row in range(3, 7)] == ["村(社区)", "溪东社区", "坡阳村", "岭四村"]
    answer = upload(client, book())
    run_jobs()
    preview = client.get(answer.url).context["preview"]
    client.post(answer.url + "write/", {"digest": preview.digest, "rows": "3"})
    run_jobs()
    started = client.post("/imports/villages/export/")
    assert run_jobs() == ["done"]
    result = client.get(started.url + "result/")
    (tmp_path / "e.xlsx").write_bytes(b"".join(result.streaming_content))
    again = upload(client, tmp_path / "e.xlsx")
    run_jobs()
    preview = client.get(again.url).context["preview"]
    assert (preview.problems, preview.same, preview.changed) == ([], 3, 0)
    assert Job.objects.count() == 0


def test_personal_numbers_are_masked_on_the_way(sheets, cast, client_of, book):
    assert [
        masked(text) for text in ("110101199003070011", "13800001111", "990101001201", "11010119900307001X")
    ] == [
        "**************0011",
        "*******1111",
        "990101001201",
        "**************001X",
    ]
    client = client_of("town")
    answer = upload(client, book())
    run_jobs()
    assert "110101199003070011" not in client.get(answer.url).content.decode()
