"""Search from every page: what each role finds, by Chinese and by pinyin, never beyond its area, in few queries."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts import finding
from accounts.divisions.pinyin import pinyin_of
from accounts.models import Area
from accounts.scope import scoped
from tests.helpers import as_owner
from tests.security.stage import comment_of, job_of, publication_of


@pytest.fixture
def spelt(committed, cast):
    """The cast with pinyin and initials, as loaded units have them."""
    with as_owner():
        for area in Area.objects.using("owner").filter(code__startswith="99"):
            area.pinyin, area.initials = pinyin_of(area.name)
            area.save(update_fields=["pinyin", "initials"])
    return cast


def found(cast, person: str, term: str, **more) -> dict[str, list[str]]:
    with scoped(getattr(cast, person)) as scope:
        return {group.code: [hit.title for hit in group.hits] for group in finding.find(scope, term, **more)}


@pytest.mark.parametrize(
    ("person", "term", "expected"),
    [
        ("city", "岭", {"units": ["西岭县", "岭下街道"], "orgs": ["岭四村"]}),
        ("city", "和平", {"orgs": ["和平村", "和平社区", "和平村"]}),
        ("county", "和平", {"orgs": ["和平村"]}),
        ("city", "hps", {"orgs": ["和平社区"]}),
        ("city", "wcd", {"screens": ["完成度"]}),
        ("city", "完成", {"screens": ["完成度"]}),
        ("city", "9901020", {}),
        ("city", "990102101", {"units": ["石塔镇"], "orgs": ["和平社区", "里石塔村", "和平村"]}),
        ("town", "石塔", {}),
        ("leader", "坡阳", {"orgs": ["坡阳村"]}),
        ("leader", "岭四", {}),
        ("auditor", "岭", {}),
        ("auditor", "审计", {"screens": ["审计"]}),
        ("admin", "lxj", {"units": ["岭下街道"]}),
        ("hotline", "和平", {}),
        ("admin", "王山", {"units": ["王山头村"]}),
        ("city", "%", {}),
        ("city", "  ", {}),
    ],
)
def test_who_finds_what(spelt, person, term, expected):
    assert found(spelt, person, term) == expected


def test_a_foreign_unit_is_found_by_nobody_else(spelt):
    assert found(spelt, "other_city", "渔港") == {"units": ["渔港镇"]}
    assert found(spelt, "city", "渔港") == {}


def test_comments_by_title_and_by_the_unit_they_are_about(spelt):
    comment_of("county", spelt, "990101001", sent=True)
    comment_of("other_city", spelt)
    assert found(spelt, "city", "走访") == {"comments": ["关于走访的点评"]}
    for letters in ("gyzf", "zfdd", "guanyu"):
        assert found(spelt, "city", letters) == {"comments": ["关于走访的点评"]}
    assert found(spelt, "county", "zfdd") == found(spelt, "other_city", "zfdd")  # each its own
    assert found(spelt, "other_county", "zfdd") == found(spelt, "city", "fz") == {}
    assert found(spelt, "town", "lxjd")["comments"] == ["关于走访的点评"]
    assert found(spelt, "sibling_town", "走访") == {}
    assert found(spelt, "auditor", "走访") == {}


def test_a_draft_is_found_by_its_own_unit_alone(spelt):
    comment_of("county", spelt, "990101001")
    assert [found(spelt, person, "走访") for person in ("county", "city", "town")] == [
        {"comments": ["关于走访的点评"]},
        {},
        {},
    ]


def test_publications_by_title(spelt):
    publication_of("county", spelt)
    assert [
        len(found(spelt, person, "东塘区").get("publications", [])) for person in ("county", "city", "town")
    ] == [
        1,
        1,
        0,
    ]


def test_ones_own_jobs_alone(spelt):
    job_of("town", spelt)
    assert found(spelt, "town", "csrw") == {"jobs": ["测试任务"]}
    assert found(spelt, "sibling_town", "测试") == {}


def test_more_is_said_and_doors_lead_to_the_screens_of_a_unit(spelt):
    with scoped(spelt.city) as scope:
        (orgs,) = [group for group in finding.find(scope, "村", limit=3) if group.code == "orgs"]
        (units,) = finding.find(scope, "石塔", limit=3)[:1]
    assert (len(orgs.hits), orgs.more) == (3, True)
    assert units.hits[0].doors == (
        ("汇总", "/reports/rollup/?unit=990102101"),
        ("完成度", "/reports/completeness/?unit=990102101"),
        ("点评", "/reports/comments/?unit=990102101"),
        ("村情", "/orgs/?unit=990102101"),
    )


@pytest.mark.parametrize(("person", "queries"), [("city", 10), ("town", 7), ("admin", 2), ("auditor", 1)])
def test_the_queries_are_few_whatever_is_found(spelt, person, queries):
    """Round, units, names and records, named units, titles and rows of comments and of publications, jobs; no rows
    are asked for where nothing fits.
    """
    with scoped(getattr(spelt, person)) as scope, CaptureQueriesContext(connections["default"]) as seen:
        finding.find(scope, "和平")
    assert len(seen) == queries


def test_the_page_without_scripts_and_the_part_under_the_box(spelt, client_of):
    client = client_of("city")
    page = client.get("/search/?q=岭").content.decode()
    part = client.get("/search/?q=岭", headers={"HX-Request": "true"}).content.decode()
    assert "<h1>查找</h1>" in page
    assert 'href="/orgs/990101001202/"' in page
    assert "<h1>" not in part
    assert 'href="/orgs/990101001202/"' in part
    assert 'href="/search/?q=%E5%B2%AD"' in part
    assert client.get("/search/?q=", headers={"HX-Request": "true"}).content.strip() == b""


def test_the_api_answers_the_same(spelt, client_of):
    client = client_of("city")
    assert client.get("/api/v1/search/?q=hps").json() == [
        {
            "code": "orgs",
            "label": "村情档案",
            "more": False,
            "hits": [
                {"title": "和平社区", "detail": "西岭县 石塔镇", "url": "/orgs/990102101001/"},
            ],
        }
    ]
    refused = client.get("/api/v1/search/?q=")
    assert (refused.status_code, refused.json()["code"]) == (400, "term_required")
