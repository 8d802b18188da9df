"""The panel of the daily report on the village file."""

import datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.scope import scoped
from elections.models import Org
from reports.queries.village_file import village_report
from reports.village_panels import daily_panel
from tests.reports.daily.conftest import FIRST, TOWN


def filed(day, **cells):
    for key, text in cells.items():
        day.type(FIRST, key, text, base=0)
    day.fill()
    return day.file()


def org_of(scope, code: str = FIRST) -> Org:
    return Org.objects.visible_to(scope).select_related("area__parent").get(area__code=code)


def steps(report) -> dict[str, tuple]:
    return {one.metric.key: (one.value, one.mark) for stage in report.stages for one in stage.steps}


def figures(report) -> dict[str, tuple]:
    return {one.metric.key: (one.value, one.mark) for stage in report.stages for one in stage.figures}


def test_before_the_first_report_the_panel_says_so(day, client_of):
    with scoped(day.cast.town) as scope:
        assert daily_panel(scope, org_of(scope)) == {"report": None, "url": ""}
    page = client_of("town").get(f"/orgs/{FIRST}/")
    assert [panel.key for panel in page.context["panels"]] == ["daily"]
    assert page.content.decode().count("还没有上报过日报") == 1


def test_steps_have_their_days_and_figures_their_marks(day):
    done = day.date - datetime.timedelta(days=3)
    revision = filed(day, audited_on=done.isoformat(), assessed_on="／", visits="18", talks="不详")
    with scoped(day.cast.town) as scope:
        report = village_report(scope, org_of(scope))
    found = steps(report)
    assert (found["audited_on"], found["voted_on"], found["assessed_on"]) == (
        (done, ""),
        (None, "not_reached"),
        (None, "na"),
    )
    assert (report.done, report.asked) == (1, len(found) - 1)
    told = figures(report)
    assert (told["visits"], told["talks"], told["trainings"]) == ((18, ""), (None, "unknown"), (0, ""))
    assert "ballots" not in told
    assert (report.date, report.revision.pk, report.revision.number) == (day.date, revision.pk, 1)


def test_the_newest_day_is_shown_with_the_way_to_it(day):
    filed(day.on(day.date - datetime.timedelta(days=1)), visits="1")
    filed(day, visits="2")
    with scoped(day.cast.county) as scope:
        panel = daily_panel(scope, org_of(scope))
    assert figures(panel["report"])["visits"] == (2, "")
    assert panel["url"] == f"/reports/daily/{day.date}/?unit={TOWN}"


def test_a_leader_reads_the_village_and_has_no_way_to_the_township(day):
    filed(day, visits="2")
    with scoped(day.cast.leader) as scope:
        panel = daily_panel(scope, org_of(scope))
    assert (figures(panel["report"])["visits"], panel["report"].revision, panel["url"]) == ((2, ""), None, "")


@pytest.mark.parametrize("reports", [1, 3])
def test_the_panel_takes_three_queries(day, reports):
    for back in range(reports):
        filed(day.on(day.date - datetime.timedelta(days=back)), visits="1")
    with scoped(day.cast.town) as scope:
        org = org_of(scope)
        with CaptureQueriesContext(connections["default"]) as queries:
            daily_panel(scope, org)
    assert len(queries) == 3


def test_page_and_print_sheet_show_the_same_report(day, client_of):
    filed(day, visits="18")
    client = client_of("town")
    page, sheet = client.get(f"/orgs/{FIRST}/"), client.get(f"/orgs/{FIRST}/print/")
    assert (page.status_code, sheet.status_code) == (200, 200)
    assert page.content.decode().count(f"{day.date} 日报第 1 稿") == 1
    assert sheet.content.decode().count(f"据 {day.date} 日报第 1 稿") == 1
