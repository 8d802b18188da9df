"""/api/v1/imports/<sheet>/: the steps of the wizard for a program, with the refusals of the screens."""

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.spreadsheets import desk
from tests.accounts.spreadsheets.conftest import HEADINGS, ROWS
from tests.accounts.spreadsheets.test_import_wizard import run_jobs, sheets  # noqa: F401 - fixture

API = "/api/v1/imports/villages/"


@pytest.fixture
def town(sheets, client_of):  # noqa: F811 - the fixture
    return client_of("town")


def send(client, path, *, name="底册.xlsx"):
    return client.post(API, {"file": SimpleUploadedFile(name, path.read_bytes())})


def post(client, url, data=None):
    return client.post(url, data, content_type="application/json")


def rows_of(answer) -> list[tuple[str, str]]:
    return [(row["code"], row["field"]) for row in answer.json()["errors"]]


def test_a_good_file_is_checked_confirmed_and_written(town, book):
    answer = send(town, book())
    made = answer.json()
    assert (answer.status_code, made["step"], made["filename"]) == (201, "checking", "底册.xlsx")
    assert town.get(f"/api/v1/jobs/{made['job']}/").json()["kind"] == "sheets.check"
    assert run_jobs() == ["done"]
    url = f"{API}{made['token']}/"
    seen = town.get(url).json()
    preview = seen["preview"]
    assert (seen["step"], preview["rows"], preview["new"], preview["clean"]) == ("preview", 3, 3, True)
    assert rows_of(post(town, url + "write/", {"rows": 2, "digest": preview["digest"]})) == [
        ("rows_not_confirmed", "")
    ]
    assert rows_of(post(town, url + "write/", {"rows": 3, "digest": "x"})) == [("preview_outdated", "")]
    started = post(town, url + "write/", {"rows": 3, "digest": preview["digest"]})
    assert (started.status_code, started.json()["kind"]) == (202, "sheets.write")
    assert run_jobs() == ["done"]
    assert town.get(url).json()["step"] == "written"
    late = post(town, url + "columns/", {"columns": {}})
    assert (late.status_code, rows_of(late)) == (409, [("columns_decided", "columns")])


def test_unknown_headings_wait_for_an_answer(town, book):
    made = send(town, book(headings=[*HEADINGS[:4], "常住人口总数", *HEADINGS[5:]])).json()
    url = f"{API}{made['token']}/"
    assert (made["step"], made["job"], made["missing"]) == ("columns", None, ["户籍人口"])
    assert made["options"]["population"] == "户籍人口"
    answers = {column["field"]: column["key"] for column in made["columns"]}
    refused = post(town, url + "columns/", {"columns": answers})
    assert (refused.status_code, rows_of(refused)) == (400, [("column_not_chosen", "columns")])
    twice = post(town, url + "columns/", {"columns": {**answers, "s0c5": "population", "s0c6": "population"}})
    assert ("column_chosen_twice", "s0c6") in rows_of(twice)
    started = post(town, url + "columns/", {"columns": {**answers, "s0c5": "population"}})
    assert (started.status_code, started.json()["kind"]) == (202, "sheets.check")
    assert run_jobs() == ["done"]
    assert town.get(url).json()["preview"]["new"] == 3


def test_bad_cells_are_listed_and_come_back_marked(town, book, tmp_path):
    made = send(town, book([list(ROWS[0]), [*ROWS[1][:4], "很多", *ROWS[1][5:]], list(ROWS[2])])).json()
    url = f"{API}{made['token']}/"
    assert town.get(url + "marked/").status_code == 404
    run_jobs()
    seen = town.get(url).json()
    assert [(one["row"], one["col"], one["code"]) for one in seen["preview"]["problems"]] == [
        (3, 5, "XL-041")
    ]
    assert seen["marked"] is True
    (tmp_path / "marked.xlsx").write_bytes(b"".join(town.get(url + "marked/").streaming_content))
    sheet = openpyxl.load_workbook(tmp_path / "marked.xlsx").active
    assert sheet["E3"].comment.text == "不是整数。（XL-041）"
    digest = seen["preview"]["digest"] or "x"
    assert rows_of(post(town, url + "write/", {"rows": 3, "digest": digest})) == [("preview_not_clean", "")]


def test_a_refused_file_names_its_code_and_leaves_nothing(town, tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"%PDF-1.7")
    answer = send(town, tmp_path / "x.xlsx")
    assert (answer.status_code, rows_of(answer)) == (400, [("XL-003", "file")])
    assert rows_of(town.post(API, {})) == [("XL-001", "file")]
    assert [path for path in desk.root().iterdir() if path.is_dir()] == []
    assert post(town, API, {"file": "x"}).status_code == 415


def test_an_upload_is_given_up(town, book):
    url = f"{API}{send(town, book()).json()['token']}/"
    assert post(town, url + "discard/").status_code == 204
    assert town.get(url).status_code == 404


def test_uploads_and_roles_are_closed_to_others(town, client_of, book):
    url = f"{API}{send(town, book()).json()['token']}/"
    for act in ("", "columns/", "write/", "discard/"):
        answer = client_of("sibling_town").get(url) if not act else post(client_of("sibling_town"), url + act)
        assert answer.status_code == 404
    assert send(client_of("county"), book()).status_code == 403
    assert client_of("town").get("/api/v1/imports/nothing/template/").status_code == 404


def test_template_and_export_are_those_of_the_screens(town, client_of, tmp_path):
    template = town.get(API + "template/")
    (tmp_path / "t.xlsx").write_bytes(b"".join(template.streaming_content))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert [sheet.cell(row, 3).value for row in range(3, 7)] == ["村(社区)", "溪东社区", "坡阳村", "岭四村"]
    page = town.post("/imports/villages/export/", {"format": "csv"})
    answer = post(town, API + "export/", {"format": "csv"})
    assert (answer.status_code, f"/jobs/{answer.json()['id']}/") == (202, page["Location"])
    assert post(client_of("leader"), API + "export/").status_code == 403
