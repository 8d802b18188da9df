"""The daily screens without JavaScript: reading, typing, checking, filing, correcting."""

import datetime
import json
import re

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from reports.models import DailyDraft, DailyRevision, DailySheet
from tests.reports.daily.conftest import FIRST, SECOND, TOWN


def url(day, tail: str = "") -> str:
    return f"/reports/daily/{day.date}/{tail}"


def seen_in(page) -> str:
    return page.context["seen"]


def submit(client, day, cells: dict[str, str], act: str = "save"):
    """Post the plain form as a browser would: every cell shown, changed where `cells` says so."""
    page = client.get(url(day))
    seen = json.loads(seen_in(page))
    fields = {f"c.{code}.{key}": text for code, row in seen.items() for key, (text, _) in row.items()}
    fields |= {f"c.{place}": text for place, text in cells.items()}
    return client.post(url(day), {**fields, "seen": seen_in(page), "view": "today", "act": act}, follow=True)


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def coded(page) -> list[tuple[str, str]]:
    return [(str(message), message.extra_tags) for message in page.context["messages"]]


def test_home_leads_to_today(day, client_of):
    response = client_of("town").get("/reports/daily/")
    assert (response.status_code, response["Location"]) == (302, url(day))


def test_the_grid_lists_each_village_of_the_township_once(day, client_of):
    page = client_of("town").get(url(day))
    assert re.findall(r'<tr data-village="(\d+)"', page.content.decode()) == [f"{TOWN}001", FIRST, SECOND]


def test_reading_a_day_writes_nothing(day, client_of):
    client_of("town").get(url(day))
    assert DailySheet.objects.using("owner").count() == 0


def test_the_plain_form_saves_only_what_was_changed(day, client_of):
    page = submit(client_of("town"), day, {f"{FIRST}.visits": "18", f"{SECOND}.talks": "不详"})
    assert said(page) == ["已保存 2 格"]
    drafts = {d.area.code: d for d in DailyDraft.objects.using("owner").select_related("area")}
    assert (drafts[FIRST].values, drafts[SECOND].marks) == ({"visits": 18}, {"talks": "unknown"})


def test_a_figure_that_is_none_is_not_saved_and_named(day, client_of):
    page = submit(client_of("town"), day, {f"{FIRST}.visits": "三"})
    assert coded(page) == [("“三”不是整数，没有保存", "DR-001")]


def test_a_cell_that_somebody_changed_meanwhile_is_named_with_a_code(day, client_of):
    client = client_of("town")
    day.type(FIRST, "visits", "18")
    shown = seen_in(client.get(url(day)))
    day.type(FIRST, "visits", "20", base=1)
    form = {"seen": shown, f"c.{FIRST}.visits": "19", "view": "today", "act": "save"}
    page = client.post(url(day), form, follow=True)
    assert coded(page) == [("冲突：测试town已填 20，您填的 19 没有保存", "cell_changed")]


def test_a_day_with_errors_says_how_many_and_with_which_code(day, client_of):
    day.type(FIRST, "visits", "18")
    page = client_of("town").post(url(day, "check/"), {"version": "1", "act": "file"}, follow=True)
    ((sentence, code),) = coded(page)
    assert (sentence.startswith("还不能上报："), code) == (True, "report_has_issues")


def test_a_day_is_filed_by_plain_forms_alone(day, client_of):
    client = client_of("town")
    submit(client, day, {f"{FIRST}.visits": "18"}, act="zero")
    check = client.get(url(day, "check/"))
    assert (check.context["ready"], check.context["missing"]) == (True, 0)
    page = client.post(
        url(day, "check/"), {"version": check.context["day"].version, "act": "file"}, follow=True
    )
    revision = DailyRevision.objects.using("owner").get()
    assert said(page) == [f"已上报 3 个村(社区)，回执 RB-{TOWN}-{day.date:%Y%m%d}-01"]
    assert page.templates[0].name == "reports/daily_filed.html"
    assert page.context["check_code"] == f"{revision.digest[:4]} {revision.digest[4:8]}".upper()


def test_two_posts_of_the_same_confirmation_are_one_filing(day, client_of):
    client = client_of("town")
    day.fill()
    for _ in range(2):
        client.post(url(day, "check/"), {"version": "1", "act": "file"})
    assert DailyRevision.objects.using("owner").count() == 1


def test_one_reason_answers_for_all_missing_cells_of_a_village(day, client_of):
    client = client_of("town")
    day.fill()
    for key in ("visits", "talks"):
        day.type(FIRST, key, "", base=1)
    fields = {
        f"k.DR-021.{FIRST}": ["visits", "talks"],
        f"r.DR-021.{FIRST}": "停电",
        "version": "1",
        "act": "file",
    }
    client.post(url(day, "check/"), fields)
    kept = DailyRevision.objects.using("owner").get().warnings
    assert [(one["key"], one["reason"]) for one in kept] == [("visits", "停电"), ("talks", "停电")]


def test_correction_is_asked_and_answered_on_the_pages(day, client_of):
    day.fill()
    day.file()
    page = client_of("town").post(url(day, "ask/"), {"reason": "录入串行"}, follow=True)
    assert said(page) == ["已申请更正，等县级答复"]
    where = f"?unit={TOWN}"
    county = client_of("county")
    assert county.get(url(day) + where).context["may_answer"] is True
    county.post(url(day, "answer/") + where, {"decision": "consent"})
    assert DailySheet.objects.using("owner").get().state == "correcting"
    assert client_of("town").get(url(day)).templates[0].name == "reports/daily_grid.html"


def test_a_higher_unit_reads_filed_days_and_never_drafts(day, client_of):
    day.type(FIRST, "visits", "18")
    where = f"?unit={TOWN}"
    page = client_of("county").get(url(day) + where)
    assert (page.templates[0].name, page.context["day"].rows) == ("reports/daily_filed.html", [])
    assert client_of("county").post(url(day) + where, {"seen": "{}"}).status_code == 403
    assert client_of("other_county").get(url(day) + where).status_code == 404
    assert client_of("sibling_town").get(url(day) + where).status_code == 404


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("abc", "“abc”不是日期。日期写成 2026-12-18"),
        ("2026-02-30", "“2026-02-30”不是日期。日期写成 2026-12-18"),
        ("20261218", "“20261218”不是日期。日期写成 2026-12-18"),
        ("1999-01-01", "1999-01-01 在日报开始（{from}）之前，不用报"),
        ("2099-01-01", "2099-01-01 在日报结束（{to}）之后，不用报"),
    ],
)
def test_days_that_are_none_or_lie_outside_say_so(day, client_of, text, sentence):
    page = client_of("town").get(f"/reports/daily/{text}/")
    expected = sentence.replace("{from}", str(day.round.reporting_from)).replace(
        "{to}", str(day.round.reporting_to)
    )
    assert (page.status_code, page.context["refusal"].messages) == (404, [expected])


def test_the_grid_costs_the_same_queries_whatever_was_filed_before(day, client_of):
    client = client_of("town")
    client.get(url(day))
    assert grid_queries(client, day) == EMPTY
    for back in (2, 1):
        before = day.on(day.date - datetime.timedelta(days=back))
        before.fill()
        before.file()
        assert grid_queries(client, day) == EMPTY + 1
    day.type(FIRST, "visits", "1")
    assert grid_queries(client, day) == EMPTY + 1


# Eight of the sheet and the frame (one looks for an offer), four of the count in the top bar (kept for 30 s outside tests).
EMPTY = 12


def grid_queries(client, day) -> int:
    with CaptureQueriesContext(connections["default"]) as queries:
        client.get(url(day))
    return sum(" FROM " in query["sql"] for query in queries)
