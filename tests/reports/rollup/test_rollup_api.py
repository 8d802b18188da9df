"""/api/v1/rollups/, completeness/, metrics/, report-settings/: the figures, scope and refusals of the screens."""

import datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.scope import system_scoped
from reports import metrics
from reports.actions.rollup import fold
from tests.cast import village_codes
from tests.reports.filed import file_day

TOWN = "990101001"
TODAY = timezone.localdate()
YESTERDAY = TODAY - datetime.timedelta(days=1)
CODES = sorted(code for code, _, _ in village_codes(TOWN))


@pytest.fixture
def folded(worker_role, cast):
    """岭下街道 has filed yesterday and today; nobody else has."""
    for day in (YESTERDAY, TODAY):
        figures = {code: {"due": 1, "orgs": 1, "visits": 5, "party_elected_on": day} for code in CODES}
        file_day(cast, TOWN, day, figures)
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)


def test_the_table_is_that_of_the_screen(folded, client_of):
    client, query = client_of("city"), f"?date={TODAY}&table=work"
    table = client.get(f"/api/v1/rollups/{query}").json()
    screen = client.get(f"/reports/rollup/{query}").context["table"]
    shown = [*screen.lines, screen.total]
    assert [row["code"] for row in table["rows"]] == ["990101", "990102"]
    assert [[cell["value"] for cell in row["cells"]] for row in [*table["rows"], table["total"]]] == [
        [cell.value for cell in line.cells] for line in shown
    ]
    assert (table["unit"], table["date"], table["townships"], table["filed"]) == ("9901", str(TODAY), 3, 1)
    columns = [column for group in table["groups"] for column in group["columns"]]
    assert {len(row["cells"]) for row in table["rows"]} == {len(columns)}


def test_a_cell_says_what_it_does_without(folded, client_of):
    table = client_of("county").get(f"/api/v1/rollups/?date={TODAY}&table=work").json()
    keys = [(column["key"], column["show"]) for group in table["groups"] for column in group["columns"]]
    cell = table["total"]["cells"][keys.index(("visits", "value"))]
    assert cell == {
        "value": 15,
        "kind": "int",
        "mark": "",
        "incomplete": 1,
        "gap": {"missing": 0, "na": 0, "unknown": 0},
        "moved": 0,
    }


def test_a_township_reads_its_villages_with_the_days_they_reported(folded, client_of):
    table = client_of("town").get(f"/api/v1/rollups/?date={TODAY}").json()
    keys = [(column["key"], column["show"]) for group in table["groups"] for column in group["columns"]]
    at = keys.index(("party_elected_on", "value"))
    assert [(row["code"], row["cells"][at]["value"]) for row in table["rows"]] == [
        (code, str(TODAY)) for code in CODES
    ]


def test_the_villages_behind_a_figure_come_in_pages_that_add_up(folded, client_of):
    client = client_of("city")
    url = f"/api/v1/rollups/villages/?date={TODAY}&key=visits&of=990101&page_size=2"
    first = client.get(url).json()
    second = client.get(f"{url}&after={first['next']}").json()
    rows = [*first["results"], *second["results"]]
    assert (first["count"], second["count"], second["next"]) == (3, 3, None)
    assert ([row["code"] for row in rows], sum(row["value"] for row in rows)) == (CODES, 15)
    assert {(row["township_code"], row["revision"], row["mark"]) for row in rows} == {(TOWN, 1, "")}


@pytest.mark.parametrize(("size", "rows"), [("0", 1), ("1", 1), ("3", 3), ("x", 3), ("-1", 3), ("²", 3)])
def test_the_size_of_a_page_stays_within_its_limits(folded, client_of, size, rows):
    url = f"/api/v1/rollups/villages/?date={TODAY}&key=visits&page_size={size}"
    assert len(client_of("town").get(url).json()["results"]) == rows


def test_the_townships_a_total_does_without(folded, client_of):
    found = client_of("city").get(f"/api/v1/rollups/townships/?date={TODAY}").json()
    assert [row["code"] for row in found["results"]] == ["990101102", "990102101"]
    assert (found["count"], found["results"][0]["county"], found["results"][0]["source_date"]) == (
        2,
        "东塘区",
        None,
    )


@pytest.mark.parametrize(
    "tail",
    [
        "rollups/?unit=990201",
        "rollups/?date=2001-01-01",
        "rollups/?table=none",
        "rollups/?mode=year",
        "rollups/villages/?key=visits&of=990102",
        "rollups/villages/?key=visits&of=990102101",
        "rollups/villages/?key=nothing",
        "rollups/villages/?key=visits&what=all",
        "rollups/villages/",
        "rollups/townships/?of=9901",
        "completeness/?unit=990102",
        "completeness/?span=30",
        "metrics/?unit=9902",
    ],
)
def test_what_is_not_in_the_scope_or_the_round_is_404(folded, client_of, tail):
    answer = client_of("county").get(f"/api/v1/{tail}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_day_that_is_none_is_refused_with_its_code(folded, client_of):
    answer = client_of("county").get("/api/v1/rollups/?date=2026-02-30")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
        404,
        "day_unreadable",
        "date",
    )


def test_without_a_round_the_refusal_says_so(committed, cast, client_of):
    client = client_of("city")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE elections_round SET is_current = false WHERE id = %s", [cast.rounds["9901"].pk]
        )
    codes = [client.get(f"/api/v1/{tail}/").json()["code"] for tail in ("rollups", "completeness")]
    assert codes == ["no_round", "no_round"]


def test_completeness_is_the_grid_of_the_screen(folded, client_of):
    found = client_of("city").get("/api/v1/completeness/?span=7").json()
    assert [row["code"] for row in found["rows"]] == ["990101", TOWN, "990101102", "990102", "990102101"]
    assert (len(found["days"]), found["cut_off"], found["total"]["townships"]) == (7, "17:00:00", 3)
    town = found["rows"][1]
    assert (town["cells"][-2]["state"], town["cells"][-2]["count"]) == ("late", 1)
    assert found["total"]["cells"][-2]["states"] == {"late": 1, "missing": 2}
    assert client_of("leader").get("/api/v1/completeness/").status_code == 403


def test_the_catalogue_lists_every_metric_and_the_own_items_of_the_day(folded, client_of):
    city = client_of("city")
    rows = city.get("/api/v1/metrics/").json()
    assert [row["key"] for row in rows] == [metric.key for metric in metrics.table()]
    visits = next(row for row in rows if row["key"] == "visits")
    assert visits == {
        "key": "visits",
        "name": "走访户次",
        "group": "今日工作",
        "unit": "户次",
        "kind": "typed",
        "nature": "flow",
        "additive_units": True,
        "additive_days": True,
        "denominator": "",
        "source": metrics.by_key()["visits"].source,
    }
    body = {"name": "入户宣讲", "unit": "场", "nature": "flow", "valid_from": str(TODAY)}
    city.post("/api/v1/report-settings/items/", body, content_type="application/json")
    assert client_of("town").get("/api/v1/metrics/").json()[-1]["key"] == "x_rhxj"


def test_totals_take_the_same_queries_for_a_city_and_a_county(folded, client_of):
    """Three open the transaction and set the scope, one finds the unit of the URL; the rest read round and totals."""
    client, taken = client_of("city"), {}
    client.get("/api/v1/rollups/")
    for tail in (
        "rollups/?",
        "rollups/villages/?key=visits&",
        "rollups/townships/?",
        "completeness/?",
        "metrics/?",
    ):
        for unit in ("9901", "990101"):
            with CaptureQueriesContext(connections["default"]) as queries:
                client.get(f"/api/v1/{tail}unit={unit}")
            taken.setdefault(tail, []).append(len(queries))
    assert taken == {
        "rollups/?": [9, 9],
        "rollups/villages/?key=visits&": [8, 8],
        "rollups/townships/?": [8, 8],
        "completeness/?": [11, 11],
        "metrics/?": [6, 6],
    }


def put(client, tail: str, body: dict):
    return client.put(f"/api/v1/report-settings/{tail}", body, content_type="application/json")


def test_a_city_sets_its_cut_offs_and_items(committed, client_of):
    city = client_of("city")
    answer = put(city, "cut-offs/", {"township": "16:30", "county": "18:00"})
    assert (answer.status_code, answer.json()) == (200, {"township": "16:30", "county": "18:00"})
    body = {"name": "入户宣讲", "unit": "场", "nature": "flow", "valid_from": str(TODAY)}
    made = city.post("/api/v1/report-settings/items/", body, content_type="application/json")
    assert (made.status_code, made.json()["key"]) == (201, "x_rhxj")
    end = f"/api/v1/report-settings/items/{made.json()['id']}/end/"
    ended = city.post(end, {"valid_to": str(TODAY)}, content_type="application/json")
    again = city.post(end, {"valid_to": str(TODAY)}, content_type="application/json")
    assert (ended.status_code, again.status_code, again.json()["code"]) == (200, 409, "item_already_ended")
    found = city.get("/api/v1/report-settings/").json()
    assert found["cut_offs"] == {"township": "16:30", "county": "18:00"}
    assert [(item["key"], item["valid_to"]) for item in found["items"]] == [("x_rhxj", str(TODAY))]
    assert (
        client_of("other_city")
        .post(end, {"valid_to": str(TODAY)}, content_type="application/json")
        .status_code
        == 404
    )


def test_settings_that_are_none_are_refused_and_nothing_is_half_set(committed, client_of):
    city = client_of("city")
    refused = put(city, "cut-offs/", {"township": "16:30", "county": "07:59"})
    assert (refused.status_code, refused.json()["code"]) == (400, "cutoff_outside_day")
    assert city.get("/api/v1/report-settings/").json()["cut_offs"] == {"township": "17:00", "county": "18:00"}
    assert put(client_of("county"), "cut-offs/", {"township": "16:30", "county": "18:00"}).status_code == 403


@pytest.mark.parametrize(
    ("page", "data", "api", "body"),
    [
        ("/reports/rollup/export/?table=work&mode=total", {"format": "csv"}, "rollups/export/?table=work&mode=total",
         {"format": "csv"}),
        ("/reports/rollup/export/?unit=990101", {}, "rollups/export/?unit=990101", {}),
        ("/reports/rollup/villages/?unit=990101", {"open": "visits", "of": TOWN, "what": "missing"},
         f"rollups/villages/export/?unit=990101&key=visits&of={TOWN}&what=missing", None),
        ("/reports/rollup/fold/", {}, "rollups/fold/", None),
        ("/reports/completeness/export/?span=7", {}, "completeness/export/?span=7", None),
    ],
)  # fmt: skip
def test_a_workbook_is_the_job_of_the_screen(committed, client_of, page, data, api, body):
    """Started from the screen and then from the API it is the same job: kind, subject and unit are the same."""
    client = client_of("city")
    first = client.post(page, data)
    second = client.post(f"/api/v1/{api}", body, content_type="application/json")
    assert (second.status_code, f"/jobs/{second.json()['id']}/") == (202, first["Location"])


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("rollups/export/?table=none", 404, "not_found"),
        ("rollups/export/?date=2001-01-01", 404, "not_found"),
        ("rollups/export/?unit=990201", 404, "not_found"),
        ("rollups/villages/export/?key=none", 404, "not_found"),
        ("rollups/villages/export/?key=visits&of=990201", 404, "not_found"),
        ("completeness/export/?span=8", 404, "not_found"),
    ],
)
def test_a_workbook_of_nothing_is_refused(committed, client_of, url, status, code):
    answer = client_of("city").post(f"/api/v1/{url}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_workbook_is_xlsx_or_csv(committed, client_of):
    answer = client_of("city").post(
        "/api/v1/rollups/export/", {"format": "pdf"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
        400,
        "invalid_choice",
        "format",
    )
