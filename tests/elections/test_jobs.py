"""Long work on records as people start it: from a screen, through the ledger, with a result to fetch."""

import re

import pytest
from openpyxl import load_workbook

from accounts.jobs import runner
from accounts.jobs.registry import kinds
from elections.models import Org
from tests.accounts.spreadsheets.conftest import as_worker
from tests.helpers import as_owner

SEATS = Org._meta.get_field("seats_party").verbose_name


@pytest.fixture
def results(committed, settings, tmp_path):
    settings.RESULTS_DIR = tmp_path / "results"
    settings.DATA_DIR = tmp_path
    return settings


def run(answer) -> str:
    """Run the job a screen has started; its end state."""
    assert answer.status_code == 302
    pk = int(answer["Location"].rstrip("/").rsplit("/", 1)[1])
    with as_worker():
        return runner.run(pk)


def test_opening_adds_what_the_tree_has_gained(results, cast, client_of):
    with as_owner():
        Org.objects.using("owner").filter(pk=cast.orgs["990101001202"].pk).delete()
    round = cast.rounds["9901"]
    client = client_of("city")
    answer = client.post(f"/elections/rounds/{round.pk}/open/")
    assert run(answer) == "done"
    assert Org.objects.using("owner").filter(round=round).count() == 9
    assert "新开立 1 个村(社区)的档案" in client.get(answer["Location"]).content.decode()


def test_only_the_own_city_opens(results, cast, client_of):
    url = f"/elections/rounds/{cast.rounds['9901'].pk}/open/"
    answers = {key: client_of(key).post(url).status_code for key in ("other_city", "county", "town")}
    assert answers == {"other_city": 404, "county": 403, "town": 403}


def test_counts_export_is_a_job_with_a_result(results, cast, client_of):
    client = client_of("county")
    answer = client.post("/orgs/counts/export/?unit=990101001")
    assert run(answer) == "done"
    page = client.get(answer["Location"]).content.decode()
    assert "岭下街道村数表已生成" in page
    assert client.post("/orgs/counts/export/?unit=990102").status_code == 404


def test_records_export_holds_the_unit_in_force(results, cast, client_of):
    client = client_of("county")
    answer = client.post("/imports/orgs/export/?unit=990101001")
    assert run(answer) == "done"
    file = client.get(f"{answer['Location']}result/")
    kept = next(results_dir for results_dir in results.RESULTS_DIR.iterdir())
    file.close()
    codes = [row[0] for row in load_workbook(kept).active.iter_rows(values_only=True)]
    assert [code for code in codes if str(code).startswith("9901")] == [
        area.code for area in sorted(cast.areas.values(), key=lambda area: area.path)
        if area.code.startswith("990101001") and area.pk in {org.area_id for org in cast.orgs.values()}
    ]  # fmt: skip
    assert client.post("/imports/orgs/export/?unit=990102").status_code == 404


def test_list_of_records_has_a_form_that_starts_its_export(results, cast, client_of):
    page = client_of("county").get("/orgs/?unit=990101001").content.decode()
    assert page.count('<form method="post" action="/imports/orgs/export/?unit=990101001">') == 1


def test_only_jobs_without_a_file_are_shared_by_a_unit():
    """A file goes to the one who asked for it, so a colleague's second click must not find the first."""
    ours = [kind for kind in kinds() if not kind.handler.__module__.startswith("tests.")]
    assert {kind.code for kind in ours if kind.shared and kind.roles} == {
        "areas.carry_out",
        "audit.verify",
        "comments.draft-now",
        "orgs.open",
        "rollup.now",
    }


def exported(results, client, url: str):
    """The worksheet an export gives."""
    answer = client.post(url)
    assert run(answer) == "done"
    file = client.get(f"{answer['Location']}result/")
    kept = max(results.RESULTS_DIR.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    file.close()
    return load_workbook(kept).active


def listed(client, query: str) -> list[str]:
    """Codes of the lines of the list on the screen."""
    page = client.get(f"/orgs/?{query}").content.decode()
    return re.findall(r'href="/orgs/(\d{12})/', page)


def codes_and_notes(sheet) -> tuple[list[str], list[str]]:
    texts = [str(row[0].value or "") for row in sheet.iter_rows()]
    return [text for text in texts if text.isdecimal()], [
        text for text in texts if text.startswith("注：本表")
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("kind=community", "类型 社区"),
        ("q=坡阳&kind=village", "找村 坡阳；类型 村"),
        ("q=990101001201", "找村 990101001201"),
        ("missing=seats_party", f"缺数 {SEATS}未报"),
        ("q=没有此村", "找村 没有此村"),
    ],
)
def test_the_export_holds_what_the_list_shows_and_says_so(results, cast, client_of, query, said):
    client = client_of("town")
    shown = listed(client, query)
    codes, notes = codes_and_notes(exported(results, client, f"/imports/orgs/export/?{query}"))
    assert bool(shown) == ("没有此村" not in query)
    assert (codes, notes) == (shown, [f"注：本表只含符合筛选的村(社区)：{said}。"])


def test_an_unfiltered_export_says_nothing_of_a_filter(results, cast, client_of):
    codes, notes = codes_and_notes(
        exported(results, client_of("town"), "/imports/orgs/export/?after=x&page=2")
    )
    assert (len(codes), notes) == (3, [])


def test_two_filters_are_two_orders(results, cast, client_of):
    client = client_of("town")
    first = client.post("/imports/orgs/export/?kind=village")["Location"]
    assert client.post("/imports/orgs/export/?kind=village")["Location"] == first
    assert client.post("/imports/orgs/export/?kind=community")["Location"] != first
