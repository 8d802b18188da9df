"""What was given out is frozen, says the same when made again, and tells when somebody changed a figure."""

import logging

import pytest
from django.db.utils import DatabaseError
from django.utils import timezone

from accounts.jobs import runner
from accounts.models import AuditAct
from accounts.scope import scoped, system_scoped
from reports.actions.publications import look_again
from reports.models import Publication, PublicationCheck
from reports.queries.clock import database_now
from reports.views.publications import heads
from tests.accounts.spreadsheets.conftest import as_worker
from tests.cast import village_codes
from tests.reports.daily.test_t24_row_mac import as_superuser
from tests.reports.filed import file_day

TOWN, OTHER = "990101001", "990101102"
TODAY = timezone.localdate()
URL = f"/reports/publications/publish/?table=work&date={TODAY}"


def filed(cast, town: str, visits: int, number: int = 1) -> None:
    figures = {code: {"due": 1, "visits": visits, "audited_on": TODAY} for code, _, _ in village_codes(town)}
    file_day(cast, town, TODAY, figures, number=number)


def given(client, url: str = URL) -> Publication:
    """Publish a bulletin by the button."""
    answer = client.post(url)
    assert answer.status_code == 302
    return Publication.objects.using("owner").select_related("area").get(pk=int(answer.url.split("/")[-2]))


def looked(cast, publication: Publication) -> PublicationCheck:
    """What the nightly job finds."""
    with system_scoped("rollup") as scope:
        row = Publication.objects.select_related("area", "round__area").get(pk=publication.pk)
        return look_again(row, by=scope)


@pytest.fixture
def bulletin(worker_role, cast, client_of) -> Publication:
    filed(cast, TOWN, 4)
    return given(client_of("city"))


def test_a_bulletin_freezes_question_tree_rules_and_figures(bulletin, cast):
    year = timezone.localdate(bulletin.as_of).year
    assert bulletin.code == f"GB-9901-{year}-0001"
    column = bulletin.tables[0]["columns"].index("走访户次 户次")
    assert bulletin.tables[0]["total"]["cells"][column][0] == 12
    assert (bulletin.query["unit"], bulletin.query["table"], bulletin.query["whole"]) == (
        "9901",
        "work",
        True,
    )
    assert bulletin.tree["units"] > 12
    assert set(bulletin.rules) == {"metrics", "rules"}
    assert len(bulletin.digest) == 64
    assert AuditAct.objects.using("owner").filter(type="publication.published").count() == 1


def test_numbers_of_a_unit_have_no_gaps(bulletin, client_of):
    client = client_of("city")
    assert [given(client).number, given(client).number] == [2, 3]
    assert given(client_of("county")).number == 1


@pytest.mark.parametrize("key", ["city", "county", "town"])
def test_what_was_given_out_is_the_same_after_later_reports_and_corrections(
    worker_role, cast, client_of, key
):
    filed(cast, TOWN, 4)
    publication = given(client_of(key))
    filed(cast, OTHER, 1)
    filed(cast, TOWN, 7, number=2)
    check = looked(cast, publication)
    assert (check.same, check.differences) == (True, [])
    assert check.digest == publication.digest


def test_one_click_recomputes(bulletin, client_of):
    client = client_of("city")
    assert client.post(f"/reports/publications/{bulletin.pk}/check/").status_code == 302
    answer = client.get(f"/reports/publications/{bulletin.pk}/")
    assert answer.context["state"] == ("filed", "一致")
    listed = client.get("/reports/publications/").context["rows"]
    assert [(row.pk, word) for row, _, word in listed] == [(bulletin.pk, "一致")]


def test_a_figure_changed_in_the_database_is_found_and_sounds_an_alarm(bulletin, cast, client_of, caplog):
    """Negative control: a superuser changes one village's figure behind the application's back."""
    village = village_codes(TOWN)[0][0]
    as_superuser(
        "UPDATE reports_dailyfigure SET visits = 5 WHERE area_id = %s AND date = %s",
        cast.areas[village].pk,
        TODAY,
    )
    with caplog.at_level(logging.ERROR, logger="cunxuan.alarm"):
        check = looked(cast, bulletin)
    assert check.same is False
    found = {(one["unit"], one["column"]): (one["before"], one["after"]) for one in check.differences}
    assert found["9901", "走访户次 户次"] == (12, 13)
    assert found["990101", "走访户次 户次"] == (12, 13)
    assert [record.alarm for record in caplog.records] == ["publication_drift"]
    answer = client_of("city").get(f"/reports/publications/{bulletin.pk}/")
    assert answer.context["state"] == ("missing", "有出入")


def test_a_kept_table_that_was_changed_is_found(bulletin, cast):
    as_superuser("UPDATE reports_publication SET tables = '[]' WHERE id = %s", bulletin.pk)
    assert looked(cast, bulletin).differences[0]["column"] == "校验码"


def test_a_publication_is_never_changed(bulletin, cast):
    with scoped(cast.people["city"]), pytest.raises(DatabaseError):
        Publication.objects.filter(pk=bulletin.pk).update(title="改过")


def test_another_unit_does_not_see_it(bulletin, client_of):
    assert client_of("county").get(f"/reports/publications/{bulletin.pk}/").status_code == 404
    assert client_of("county").get("/reports/publications/").context["rows"] == []


def test_a_bulletin_of_a_past_moment(worker_role, cast, client_of):
    with system_scoped("rollup"):
        moment = database_now()
    filed(cast, TOWN, 4)
    text = timezone.localtime(moment).replace(tzinfo=None).isoformat()
    publication = given(client_of("city"), f"{URL}&as_of={text}")
    assert publication.as_of == moment
    column = publication.tables[0]["columns"].index("走访户次 户次")
    assert publication.tables[0]["total"]["cells"][column][0] is None
    assert looked(cast, publication).same


def test_every_export_of_totals_is_kept(worker_role, cast, client_of, settings, tmp_path):
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path
    filed(cast, TOWN, 4)
    for form in ("xlsx", "csv", "villages"):
        answer = client_of("city").post(f"/reports/rollup/export/?date={TODAY}", {"format": form})
        with as_worker():
            assert runner.run(int(answer["Location"].rstrip("/").rsplit("/", 1)[1])) == "done"
    kept = list(Publication.objects.using("owner").order_by("number"))
    assert [(one.kind, one.query["form"], len(one.tables)) for one in kept] == [
        ("export", "xlsx", 3),
        ("export", "csv", 1),
        ("export", "villages", 4),
    ]
    assert all(looked(cast, one).same for one in kept)


def test_the_head_of_a_published_table_has_its_groups_again():
    assert heads(["底数 应换届", "底数 村改居", "党组织换届 %", "备注"]) == [
        ("底数", ["应换届", "村改居"]),
        ("党组织换届", ["%"]),
        ("", ["备注"]),
    ]


def test_the_villages_behind_a_figure_are_kept_one_by_one(worker_role, cast, client_of, settings, tmp_path):
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path
    filed(cast, TOWN, 4)
    data = {"open": "visits", "of": TOWN, "what": "counted"}
    answer = client_of("city").post(f"/reports/rollup/villages/?date={TODAY}&table=work", data)
    with as_worker():
        assert runner.run(int(answer["Location"].rstrip("/").rsplit("/", 1)[1])) == "done"
    kept = Publication.objects.using("owner").select_related("area").get()
    assert kept.code.startswith(f"GB-{TOWN}-")
    assert [line["cells"][0][0] for line in kept.tables[0]["rows"]] == [4, 4, 4]
    filed(cast, TOWN, 7, number=2)
    assert looked(cast, kept).same
    page = client_of("city").get(f"/reports/publications/{kept.pk}/")
    assert (page.status_code, page.context["compare_url"]) == (200, "")
    as_superuser(
        "UPDATE reports_dailyfigure SET visits = 5 WHERE area_id = %s AND date = %s",
        cast.areas[village_codes(TOWN)[0][0]].pk,
        TODAY,
    )
    [difference] = looked(cast, kept).differences
    assert (difference["unit"], difference["before"], difference["after"]) == (
        village_codes(TOWN)[0][0],
        4,
        5,
    )
