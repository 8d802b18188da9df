"""Each rule on both sides of its boundary, on the server and in the browser's own code."""

import datetime
import json
import shutil
import subprocess

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reports import metrics
from reports.rules.catalogue import RULES, STEP_OF, as_parameters
from reports.rules.checks import Row, Sheet, check

DAY, START = datetime.date(2026, 3, 20), datetime.date(2025, 12, 1)


def row(**parts) -> Row:
    """A village whose flows are all 0, with these values on top."""
    values = {metric.key: 0 for metric in metrics.flows()} | parts.pop("values", {})
    made = Row(village=1, code="990101001201", name="坡阳村", **parts)
    made.values = {key: value for key, value in values.items() if value is not None}
    return made


def sheet() -> Sheet:
    return Sheet(DAY, START, metrics.table())


def found(one: Row) -> list[tuple[str, str]]:
    return [(issue.code, issue.key) for issue in check([one], sheet())]


BOTH_SIDES = [
    ("DR-014", "visits", {"values": {"visits": 0}}, {"values": {"visits": -1}}),
    ("DR-002", "visits", {"values": {"visits": 9_999_999}}, {"values": {"visits": 10_000_000}}),
    ("DR-016", "secretary_new", {"values": dict(secretary_new=1, secretary_elected_on="2026-01-01")},
     {"values": dict(secretary_new=2, secretary_elected_on="2026-01-01")}),
    ("DR-001", "visits", {}, {"values": {"visits": None}, "unread": {"visits": "三"}}),
    ("DR-003", "voted_on", {}, {"unread": {"voted_on": "昨天"}}),
    ("DR-004", "assessed_on", {"values": {"assessed_on": "2026-03-20"}}, {"values": {"assessed_on": "2026-03-21"}}),
    ("DR-005", "assessed_on", {"values": {"assessed_on": "2025-12-01"}}, {"values": {"assessed_on": "2025-11-30"}}),
    ("DR-020", "assessed_on", {"values": {"assessed_on": "2026-01-01"}},
     {"values": {"assessed_on": "2026-01-01"}, "carried": ["assessed_on"]}),
    ("DR-021", "visits", {"values": {"visits": None}, "marks": {"visits": "na"}}, {"values": {"visits": None}}),
    ("DR-031", "visits", {"values": {"visits": 60}, "highest": {"visits": 20}},
     {"values": {"visits": 61}, "highest": {"visits": 20}}),
    ("DR-031", "visits", {"values": {"visits": 10}, "highest": {"visits": 0}},
     {"values": {"visits": 11}, "highest": {"visits": 0}}),
    ("DR-032", "discipline_cases", {"values": {"discipline_cases": 2}, "previous": {"discipline_cases": 2}},
     {"values": {"discipline_cases": 1}, "previous": {"discipline_cases": 2}}),
    ("DR-033", "assessed_on", {"values": {"assessed_on": "2026-01-02"}, "previous": {"assessed_on": "2026-01-02"}},
     {"values": {"assessed_on": "2026-01-03"}, "previous": {"assessed_on": "2026-01-02"}}),
    ("DR-040", "objections_handled",
     {"values": dict(objections=2, objections_handled=2, list_published_on="2026-01-01")},
     {"values": dict(objections=2, objections_handled=3, list_published_on="2026-01-01")}),
    ("DR-041", "ballots", {"values": dict(voters=800, ballots=800, voted_on="2026-01-01")},
     {"values": dict(voters=800, ballots=801, voted_on="2026-01-01")}),
    ("DR-047", "elected_once", {"values": dict(elected_once=1, by_election=0, voted_on="2026-01-01")},
     {"values": dict(elected_once=1, by_election=1, voted_on="2026-01-01")}),
    ("DR-053", "party_elected_on", {"values": dict(party_vetted_on="2026-01-02", party_elected_on="2026-01-02")},
     {"values": dict(party_vetted_on="2026-01-02", party_elected_on="2026-01-01")}),
    ("DR-070", "voted_on", {"values": dict(list_published_on="2026-02-01", voted_on="2026-02-21")},
     {"values": dict(list_published_on="2026-02-01", voted_on="2026-02-20")}),
    ("DR-071", "handed_over_on", {"values": dict(voted_on="2026-03-01", handed_over_on="2026-03-11")},
     {"values": dict(voted_on="2026-03-01", handed_over_on="2026-03-12")}),
    ("DR-088", "ballots", {"values": dict(voters=800, ballots=0)}, {"values": dict(voters=800, ballots=1)}),
    ("DR-099", "note", {"note": "雨大"}, {"note": "13800138000"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "key", "right", "wrong"), BOTH_SIDES)
def test_both_sides_of_a_rule(code, key, right, wrong):
    assert ((code, key) in found(row(**right)), (code, key) in found(row(**wrong))) == (False, True)


def test_an_issue_names_where_what_and_what_to_do():
    issue = check([row(values={"petitions": -1})], sheet())[0]
    assert issue.sentence == ("坡阳村 信访件：−1，不能为负数。如要冲减以前报的数，请对那一天申请更正。DR-014")


def test_a_warning_blocks_until_explained_and_an_error_always():
    warned = row(values={"visits": 61}, highest={"visits": 20})
    assert [issue.blocks for issue in check([warned], sheet())] == [True]
    warned.reasons = {"DR-031:visits": "入户月"}
    assert [issue.blocks for issue in check([warned], sheet())] == [False]
    wrong = row(values={"visits": -1}, reasons={"DR-014:visits": "冲减"})
    assert [issue.blocks for issue in check([wrong], sheet())] == [True]


COUNT_KEYS = ["visits", "talks", "objections", "objections_handled", "ballots", "elected_once", "by_election"]
DAY_KEYS = ["party_vetted_on", "party_elected_on", "list_published_on", "voted_on", "handed_over_on"]
COUNTS = st.one_of(st.none(), st.integers(-3, 3), st.integers(-100, 12_000_000))
DAYS = st.one_of(st.none(), st.dates(datetime.date(2025, 11, 20), datetime.date(2026, 3, 25)).map(str))


@st.composite
def villages(draw) -> Row:
    values = {key: draw(COUNTS) for key in COUNT_KEYS} | {key: draw(DAYS) for key in DAY_KEYS}
    values["voters"] = draw(st.integers(0, 2000))
    previous = {key: draw(COUNTS) for key in COUNT_KEYS} | {key: draw(DAYS) for key in DAY_KEYS}
    return row(
        values=values,
        previous={key: value for key, value in previous.items() if value is not None},
        highest={key: draw(st.integers(0, 50)) for key in ("visits", "talks")},
        carried=draw(st.lists(st.sampled_from(["voted_on", "objections"]), unique=True)),
        marks=draw(st.dictionaries(st.sampled_from(["trainings"]), st.sampled_from(["na", "unknown"]))),
        reasons=draw(st.dictionaries(st.sampled_from(["DR-031:visits"]), st.sampled_from(["", "属实"]))),
    )


@given(villages())
def test_every_finding_belongs_to_a_rule_and_no_cell_has_it_twice(one):
    issues = check([one], sheet())
    assert {issue.code for issue in issues} <= {rule.code for rule in RULES}
    assert len({(issue.code, issue.key) for issue in issues}) == len(issues)
    assert [issue.is_error for issue in issues] == sorted((issue.is_error for issue in issues), reverse=True)


@given(villages())
def test_explaining_every_warning_leaves_only_errors_in_the_way(one):
    one.reasons = {f"{issue.code}:{issue.key}": "属实" for issue in check([one], sheet())}
    assert all(issue.is_error for issue in check([one], sheet()) if issue.blocks)


NODE = shutil.which("node")
SCRIPT = """
const { check } = await import(process.argv[1]);
const cases = JSON.parse(await new Response(process.stdin).text());
const found = cases.rows.map((row) => check([row], cases.sheet).map(
  (one) => [one.code, one.key, one.level, one.message, one.reason]));
console.log(JSON.stringify(found));
"""


def in_the_browser(rows: list[Row], folder) -> list[list[list[str]]]:
    """The findings of the browser's own code, run by node."""
    for name in ("checks", "words"):
        text = (settings.BASE_DIR / f"static/js/daily-grid-{name}.js").read_text()
        (folder / f"daily-grid-{name}.mjs").write_text(
            text.replace("daily-grid-words.js", "daily-grid-words.mjs")
        )
    cases = {
        "sheet": {
            "day": str(DAY),
            "starts_on": str(START),
            "rules": as_parameters(),
            "steps": STEP_OF,
            "metrics": [
                {"key": m.key, "name": m.name, "nature": m.nature.value, "typed": m.kind.value == "typed"}
                for m in metrics.table()
            ],
        },
        "rows": [
            {name: getattr(one, name) for name in
             ("code", "name", "values", "marks", "carried", "previous", "highest", "unread", "reasons")}
            for one in rows
        ],
    }  # fmt: skip
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", SCRIPT, str(folder / "daily-grid-checks.mjs")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(NODE is None, reason="needs node to run the browser's checks outside a browser")
def test_the_browser_finds_what_the_server_finds(tmp_path):
    rows: list[Row] = []

    @hypothesis_settings(max_examples=300, database=None, deadline=None)
    @given(villages())
    def collect(one: Row) -> None:
        rows.append(one)

    collect()
    rows += [row(**side) for _, _, *sides in BOTH_SIDES for side in sides if "note" not in side]
    server = [
        [[issue.code, issue.key, issue.level, issue.message, issue.reason] for issue in check([one], sheet())]
        for one in rows
    ]
    assert in_the_browser(rows, tmp_path) == server


@pytest.mark.skipif(NODE is None, reason="needs node to run the browser's reader outside a browser")
def test_the_browser_reads_words_as_the_server_does(tmp_path):
    from tests.reports.daily.test_words import COUNTS as count_words
    from tests.reports.daily.test_words import DAY as day
    from tests.reports.daily.test_words import DAYS as day_words
    from tests.reports.daily.test_words import START as start

    source = (settings.BASE_DIR / "static/js/daily-grid-words.js").read_text()
    (tmp_path / "words.mjs").write_text(source)
    script = """
const { readCell } = await import(process.argv[1]);
const { texts, sheet } = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(texts.map(([text, nature]) => {
  const cell = readCell(text, nature, sheet);
  return [cell.value, cell.mark, cell.error];
})));
"""
    texts = [(text, "flow") for text, _ in count_words] + [(text, "date") for text, _ in day_words]
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script, str(tmp_path / "words.mjs")],
        input=json.dumps({"texts": texts, "sheet": {"day": str(day), "starts_on": str(start)}}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    expected = [[cell.value, cell.mark, cell.error] for _, cell in (*count_words, *day_words)]
    assert json.loads(done.stdout) == expected
