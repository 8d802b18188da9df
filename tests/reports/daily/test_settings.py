"""A city's cut-offs and own items, without code."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.errors import codes
from accounts.scope import scoped
from reports.actions.settings import add_local_metric, end_local_metric, made_key, set_cut_off
from reports.models import CutOff, DailyFigure, LocalMetric
from tests.reports.daily.conftest import FIRST


def add(day, **changes) -> LocalMetric:
    wanted = {"name": "入户宣讲", "unit": "场", "nature": "flow", "valid_from": day.date, **changes}
    with scoped(day.cast.city) as by:
        return add_local_metric(day.round, by=by, **wanted)


def test_an_own_item_is_typed_filed_and_kept_apart(day):
    item = add(day)
    assert item.key == "x_rhxj"
    day.type(FIRST, "x_rhxj", "7")
    day.fill()
    day.file()
    filed = DailyFigure.objects.using("owner").get(area__code=FIRST)
    assert filed.extras == {"x_rhxj": 7}
    others = DailyFigure.objects.using("owner").exclude(area__code=FIRST)
    assert [row.extras for row in others] == [{"x_rhxj": 0}, {"x_rhxj": 0}]


def test_an_item_is_asked_for_from_its_first_day_to_its_last(day):
    item = add(day, valid_from=day.date - datetime.timedelta(days=2))
    with scoped(day.cast.city) as by:
        end_local_metric(item, day.date - datetime.timedelta(days=1), by=by)
    assert [r["code"] for r in day.type(FIRST, "x_rhxj", "7").refused] == ["DR-097"]
    yesterday = day.on(day.date - datetime.timedelta(days=1))
    assert [s["text"] for s in yesterday.type(FIRST, "x_rhxj", "7").saved] == ["7"]


def test_a_key_is_made_of_initials_and_never_twice():
    assert made_key("入户宣讲", set()) == "x_rhxj"
    assert made_key("入户宣讲", {"x_rhxj"}) == "x_rhxj_2"
    assert made_key("①", set()) == "x_item"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"key": "Visits"}, "local_metric_key_malformed"), ({"valid_from": None}, "null")],
)
def test_an_item_that_is_none_is_refused(day, changes, code):
    with pytest.raises(ValidationError) as refusal:
        add(day, **changes)
    assert code in codes(refusal.value)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({}, "local_metric_name_taken"), ({"name": "院坝会", "key": "x_rhxj"}, "local_metric_exists")],
)
def test_an_item_that_is_there_already_is_refused(day, changes, code):
    add(day)
    with pytest.raises(ValidationError) as refusal:
        add(day, **changes)
    assert codes(refusal.value) == [code]


def test_only_the_city_sets_anything(day):
    with scoped(day.cast.county) as by, pytest.raises(PermissionDenied):
        set_cut_off(day.round, 4, datetime.time(16), by=by)
    with scoped(day.cast.other_city) as by, pytest.raises(PermissionDenied):
        set_cut_off(day.round, 4, datetime.time(16), by=by)


@pytest.mark.parametrize(("at", "fits"), [("08:00", True), ("07:59", False), ("23:59", True)])
def test_a_cut_off_lies_within_the_day(day, at, fits):
    with scoped(day.cast.city) as by:
        if fits:
            set_cut_off(day.round, 4, datetime.time.fromisoformat(at), by=by)
        else:
            with pytest.raises(ValidationError) as refusal:
                set_cut_off(day.round, 4, datetime.time.fromisoformat(at), by=by)
            assert codes(refusal.value) == ["cutoff_outside_day"]
    assert CutOff.objects.using("owner").count() == int(fits)


def test_the_city_sets_both_on_the_page(day, client_of):
    client = client_of("city")
    assert client.get("/reports/daily/settings/").status_code == 200
    client.post("/reports/daily/settings/cut-offs/", {"township": "16:30", "county": "18:00"})
    client.post(
        "/reports/daily/settings/items/",
        {"name": "发放明白纸", "unit": "份", "nature": "stock", "valid_from": day.date.isoformat()},
    )
    assert list(CutOff.objects.using("owner").values_list("level", "at")) == [(4, datetime.time(16, 30))]
    item = LocalMetric.objects.using("owner").get()
    assert (item.key, item.nature) == ("x_ffmbz", "stock")
    url = f"/reports/daily/settings/items/{item.pk}/end/"
    refused = client.post(url, {"valid_to": ""}, follow=True).context["messages"]
    assert [(str(one), one.extra_tags) for one in refused][-1:] == [("请写报到哪天为止", "end_required")]
    client.post(url, {"valid_to": day.date.isoformat()})
    item.refresh_from_db(using="owner")
    assert item.valid_to == day.date
    assert client_of("town").get("/reports/daily/settings/").status_code == 403
