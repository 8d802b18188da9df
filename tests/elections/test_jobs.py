"""Long work on records as people start it: from a screen, through the ledger, with a result to fetch."""

import pytest
from openpyxl import load_workbook

from accounts.jobs import runner
from accounts.jobs.registry import kinds
from elections.models import Org
from tests.accounts.spreadsheets.conftest import as_worker
from tests.helpers import as_owner


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
        "audit.verify",
        "orgs.open",
        "rollup.now",
    }
