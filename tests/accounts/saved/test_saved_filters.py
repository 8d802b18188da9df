"""Filters of lists under a name: one's own, shared with the very same unit, never more than the reader may see."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connections, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import audit, saved
from accounts.actions.saved_filters import MOST, save_filter
from accounts.errors import codes
from accounts.models import Assignment, AuditAct, SavedFilter, User
from accounts.scope import scoped
from tests.helpers import as_owner, log_in

ORGS = "elections:orgs"
KIND = "kind=community"


@pytest.fixture
def colleague(committed, cast):
    """A second cadre of 岭下街道."""
    with as_owner():
        user = User.objects.using("owner").create(username="colleague", display_name="同事", password="!")
        assignment = Assignment.objects.using("owner").create(
            user_id=user.pk, holder_name="同事", office_name="岭下街道乡镇干部", role="township",
            area=cast.areas["990101001"], valid_from="2020-01-01",
        )  # fmt: skip
        assignment.refresh_from_db(using="owner")
    return user, assignment


def keep(
    person: Assignment, name: str, *, query: str = KIND, screen: str = ORGS, shared: bool = False
) -> SavedFilter:
    with scoped(person) as by:
        return save_filter(screen, query, name=name, shared=shared, by=by)


def names(person: Assignment) -> list[str]:
    with scoped(person) as scope:
        return [one.name for one in SavedFilter.objects.visible_to(scope)]


def test_a_filter_is_the_kept_parameters_in_their_order():
    screen = saved.screen_of(ORGS)
    assert screen.canonical("missing=yes&after=99.1&kind=community&page=3&q=") == "kind=community&missing=yes"
    assert screen.canonical(QueryDict("q=岭")) == "q=%E5%B2%AD"
    assert screen.url("kind=village") == "/orgs/?kind=village"
    assert saved.screen_of("rollup:table").canonical("date=2025-12-18&mode=week") == "mode=week"


def test_own_and_shared_with_the_same_unit_alone(colleague, cast):
    keep(cast.town, "社区")
    keep(cast.town, "缺数", query="missing=yes", shared=True)
    assert names(cast.town) == ["社区", "缺数"]
    assert names(colleague[1]) == ["缺数"]
    assert [
        names(getattr(cast, person)) for person in ("sibling_town", "county", "city", "second_entry")
    ] == [
        [],
        [],
        [],
        [],
    ]


def test_the_database_says_the_same(colleague, cast):
    """Not only the query set: a session of somebody else sees no row, and nobody writes for another unit."""
    keep(cast.town, "社区")
    with scoped(cast.county):
        assert SavedFilter.objects.count() == 0
    with scoped(colleague[1]):
        assert SavedFilter.objects.update(name="x") == 0
    foreign = cast.areas["990102101"].path
    with scoped(cast.town) as by, transaction.atomic():
        audit.act(by, "test.cast")
        row = SavedFilter(assignment=cast.town, screen=ORGS, name="外送", query=KIND, unit_path=foreign)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            row.save(using="default")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"query": "after=99"}, "filter_empty"),
        ({"name": "   "}, "filter_name_required"),
        ({"name": "社区"}, "filter_name_taken"),
        ({"name": "王某 13812345678"}, "personal_number_refused"),
        ({"query": "q=13812345678"}, "personal_number_refused"),
        ({"screen": "users:list"}, "filter_screen_unknown"),
        ({"screen": "nowhere"}, "filter_screen_unknown"),
        ({"name": "字" * 31}, "max_length"),
        ({"query": "q=" + "a" * 600}, "max_length"),
    ],
)
def test_what_is_refused(committed, cast, facts, code):
    keep(cast.town, "社区")
    given = {"screen": ORGS, "query": KIND, "name": "另一个", **facts}
    with pytest.raises(ValidationError) as refused:
        keep(cast.town, given["name"], query=given["query"], screen=given["screen"])
    assert code in codes(refused.value)


def test_sharing_needs_the_right(committed, cast):
    with pytest.raises(ValidationError) as refused:
        keep(cast.inspector, "我的村", shared=True)
    assert codes(refused.value) == ["filter_share_denied"]
    assert keep(cast.inspector, "我的村").shared is False


def test_a_person_keeps_sixty(committed, cast):
    with as_owner():
        SavedFilter.objects.using("owner").bulk_create(
            SavedFilter(
                assignment=cast.town, screen=ORGS, name=str(n), query=KIND, unit_path=cast.town.unit_path
            )
            for n in range(MOST - 1)
        )
    keep(cast.town, "第六十个")
    with pytest.raises(ValidationError) as refused:
        keep(cast.town, "第六十一个")
    assert codes(refused.value) == ["too_many_filters"]


def test_saved_on_the_list_opened_by_one_click_renamed_and_deleted(committed, cast, client_of):
    client = client_of("town")
    form = {"screen": ORGS, "query": KIND, "name": "社区", "back": "/orgs/?kind=community"}
    assert client.post("/account/filters/save/", form)["Location"] == "/orgs/?kind=community"
    page = client.get("/orgs/?kind=community").content.decode()
    assert 'href="/orgs/?kind=community" aria-current="true"' in page
    assert "存这个筛选" not in page
    assert "存这个筛选" in client.get("/orgs/?kind=village").content.decode()
    (kept,) = client.get("/account/filters/").context["own"]
    client.post(f"/account/filters/{kept.pk}/", {"name": "全部社区", "shared": "1"})
    (kept,) = client.get("/account/filters/").context["own"]
    assert (kept.name, kept.shared) == ("全部社区", True)
    client.post(f"/account/filters/{kept.pk}/delete/")
    assert client.get("/account/filters/").context["own"] == []
    acts = AuditAct.objects.using("owner").filter(type__startswith="filters.").order_by("pk")
    assert list(acts.values_list("type", flat=True)) == [
        "filters.saved",
        "filters.changed",
        "filters.deleted",
    ]


def test_a_shared_filter_shows_what_its_reader_may_see(colleague, cast, client_of):
    """The filter names a unit; whoever may not go there finds nothing there."""
    keep(cast.county, "石塔的社区", query="unit=990101102&kind=village", shared=True)
    with scoped(cast.county) as scope:
        (one,) = SavedFilter.objects.visible_to(scope)
    assert [row.area__name for row in client_of("county").get(one.url).context["found"].page.rows] == [
        "后溪村",
        "王山头村",
        "和平村",
    ]
    assert client_of("town").get(one.url).status_code == 404
    # An inspector stands at the same county, but sees named villages alone.
    assert [row.name for row in client_of("inspector").get("/account/filters/").context["others"]] == [
        "石塔的社区"
    ]
    rows = client_of("inspector").get(one.url.replace("unit=990101102&", "")).context["found"].page.rows
    assert [row.area__name for row in rows] == ["坡阳村", "后溪村"]


def test_a_colleague_opens_it_and_changes_nothing(colleague, cast, client_of):
    kept = keep(cast.town, "缺数", query="missing=yes", shared=True)
    client = log_in(Client(), colleague[0])
    assert [one.name for one in client.get("/account/filters/").context["others"]] == ["缺数"]
    assert client.post(f"/account/filters/{kept.pk}/", {"name": "x"}).status_code == 404
    assert client.post(f"/account/filters/{kept.pk}/delete/").status_code == 404


def test_the_list_costs_one_query_more(committed, cast, client_of):
    client = client_of("town")
    client.get("/orgs/")
    with CaptureQueriesContext(connections["default"]) as seen:
        client.get("/orgs/")
    assert sum("accounts_savedfilter" in row["sql"] for row in seen) == 1


def test_through_the_api(committed, cast, client_of):
    client = client_of("city")
    send = {
        "screen": "rollup:table",
        "query": "?date=2025-12-18&mode=week&table=work",
        "name": "本周",
        "shared": True,
    }
    made = client.post("/api/v1/saved-filters/", send, content_type="application/json")
    assert (made.status_code, made.json()["query"], made.json()["url"]) == (
        201,
        "table=work&mode=week",
        "/reports/rollup/?table=work&mode=week",
    )
    pk = made.json()["id"]
    again = client.post("/api/v1/saved-filters/", send, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (400, "filter_name_taken")
    changed = client.patch(f"/api/v1/saved-filters/{pk}/", {"shared": False}, content_type="application/json")
    assert (changed.json()["name"], changed.json()["shared"], changed.json()["mine"]) == ("本周", False, True)
    assert [row["id"] for row in client.get("/api/v1/saved-filters/?screen=rollup:table").json()] == [pk]
    assert client_of("other_city").get("/api/v1/saved-filters/").json() == []
    assert client.post(f"/api/v1/saved-filters/{pk}/delete/").status_code == 204
    assert client.get("/api/v1/saved-filters/").json() == []
