"""Completeness and the villages of a .csv are frozen when given out, said again by a look, and told when changed."""

import datetime
import logging

import pytest
from django.utils import timezone

from accounts.jobs import runner
from elections.models import Round
from reports.models import CutOff, Publication
from tests.accounts.spreadsheets.conftest import as_worker
from tests.cast import village_codes
from tests.helpers import as_owner
from tests.reports.daily.test_t24_row_mac import as_superuser
from tests.reports.publications.test_publications import OTHER, TODAY, TOWN, filed, looked

VILLAGE = village_codes(TOWN)[0][0]


@pytest.fixture
def export(worker_role, cast, client_of, settings, tmp_path):
    """Start an export, run it, and read what was kept of it."""
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path

    def made(url: str, **data: str) -> Publication:
        answer = client_of("city").post(url, data)
        with as_worker():
            assert runner.run(int(answer["Location"].rstrip("/").rsplit("/", 1)[1])) == "done"
        return Publication.objects.using("owner").select_related("area").latest("pk")

    return made


def cells(publication: Publication, code: str) -> dict[str, object]:
    table = publication.tables[-1]
    row = next(row for row in table["rows"] if row["code"] == code)
    return {column: cell[0] for column, cell in zip(table["columns"], row["cells"], strict=True)}


def test_a_grid_is_frozen_with_its_clocks_and_says_the_same_later(export, cast, client_of):
    filed(cast, TOWN, 4)
    kept = export("/reports/completeness/export/?span=7")
    today = f"{TODAY.month}月 {TODAY.day}"
    assert (kept.query["table"], kept.query["cut_offs"], kept.tree["units"] > 12) == (
        "completeness", {"3": "18:00:00", "4": "17:00:00"}, True,
    )  # fmt: skip
    assert TODAY.isoformat() in kept.query["asked"]
    state = cells(kept, TOWN)[today]
    filed(cast, OTHER, 1)
    filed(cast, TOWN, 7, number=2)
    yesterday = TODAY - datetime.timedelta(days=1)
    with as_owner():
        CutOff.objects.using("owner").create(
            round=cast.rounds["9901"], area=cast.areas["9901"], level=4, at=datetime.time(12)
        )
        Round.objects.using("owner").filter(area=cast.areas["9901"]).update(excluded_dates=[yesterday])
    assert yesterday.isoformat() in kept.query["asked"]
    look = looked(cast, kept)
    assert (look.same, look.differences, look.digest) == (True, [], kept.digest)
    page = client_of("city").get(f"/reports/publications/{kept.pk}/")
    assert (page.status_code, page.context["compare_url"]) == (200, "")
    assert state in page.content.decode()


def test_a_filing_time_changed_behind_the_application_is_found_in_the_grid(export, cast, caplog):
    """Negative control: the day of a township is taken out of the past."""
    filed(cast, TOWN, 4)
    kept = export("/reports/completeness/export/?span=7")
    as_superuser(
        "UPDATE reports_dailyrevision SET filed_at = filed_at + interval '1 day' WHERE area_id = %s",
        cast.areas[TOWN].pk,
    )
    with caplog.at_level(logging.ERROR, logger="cunxuan.alarm"):
        look = looked(cast, kept)
    assert look.same is False
    found = [(one["unit"], one["column"]) for one in look.differences]
    assert (TOWN, f"{TODAY.month}月 {TODAY.day}") in found
    assert "publication_drift" in [getattr(record, "alarm", "") for record in caplog.records]


def test_every_village_of_a_csv_has_its_digest(export, cast):
    """Negative control: one figure of one village, and its line is named."""
    filed(cast, TOWN, 4)
    kept = export(f"/reports/rollup/export/?date={TODAY}&table=work", format="villages")
    rows = {row["code"]: row["cells"][0][0] for row in kept.tables[-1]["rows"]}
    towns = {TOWN, OTHER}
    assert {code for town in towns for code, _, _ in village_codes(town)} <= set(rows)
    assert len(rows[VILLAGE]) == 16
    assert rows[village_codes(OTHER)[0][0]] == "未报"
    filed(cast, TOWN, 7, number=2)
    assert looked(cast, kept).same
    as_superuser(
        "UPDATE reports_dailyfigure SET visits = 5 WHERE area_id = %s AND date = %s AND visits = 4",
        cast.areas[VILLAGE].pk,
        TODAY,
    )
    named = [one["unit"] for one in looked(cast, kept).differences if one["table"] == "villages"]
    assert named == [VILLAGE]


def test_the_list_of_publications_is_read_as_of_a_moment(export, cast, client_of):
    filed(cast, TOWN, 4)
    first = export("/reports/completeness/export/?span=7")
    between = timezone.localtime().replace(tzinfo=None).isoformat()
    assert looked(cast, first).same
    export("/reports/completeness/export/?span=14")
    client, query = client_of("city"), f"as_of={between}"
    page = client.get(f"/reports/publications/?{query}")
    assert [(row.pk, word) for row, _, word in page.context["rows"]] == [(first.pk, "未重算")]
    assert "这是过去的样子" in page.content.decode()
    listed = client.get(f"/api/v1/publications/?{query}").json()
    assert [(one["id"], one["same"]) for one in listed] == [(first.pk, None)]
    assert len(client.get("/reports/publications/").context["rows"]) == 2
