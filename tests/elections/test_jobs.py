"""Long work on records as people start it: from a screen, through the ledger, with a result to fetch."""

import pytest

from accounts.jobs import runner
from elections.models import Org
from tests.accounts.spreadsheets.conftest import as_worker
from tests.helpers import as_owner


@pytest.fixture
def results(committed, settings, tmp_path):
    settings.RESULTS_DIR = tmp_path / "results"
    settings.DATA_DIR = tmp_path


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
