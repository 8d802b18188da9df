"""The tree of units of any day."""

import datetime

import pytest

from accounts.models import Area, AreaVersion
from accounts.queries.trees import Unit, children_on, tree_on, unit_on
from tests.helpers import as_owner

DAY = datetime.date(2026, 10, 1)
BEFORE, AFTER = DAY - datetime.timedelta(days=1), DAY + datetime.timedelta(days=1)
OLD, NEW = "99/9901/990101/990101102/", "99/9901/990102/990101102/"


@pytest.fixture
def moved(committed, cast):
    """上坡镇 stands under 西岭县 since DAY, 东塘区 before; its name and its villages' paths changed too."""
    town, old, new = cast.areas["990101102"], cast.areas["990101"], cast.areas["990102"]
    rows = Area.objects.using("owner")
    with as_owner():
        for area in rows.filter(path__startswith=OLD):
            parent = old.pk if area.pk == town.pk else area.parent_id
            AreaVersion.objects.using("owner").create(
                area=area, name=area.name, short_name=area.short_name, kind=area.kind, parent_id=parent,
                path=area.path, valid_to=DAY,
            )  # fmt: skip
            rows.filter(pk=area.pk).update(path=area.path.replace(OLD, NEW), version_from=DAY)
        rows.filter(pk=town.pk).update(parent=new, name="上坡街道")
    return cast


def codes(units: list[Unit]) -> list[str]:
    return [unit.code for unit in units]


def test_the_tree_of_a_past_day_is_the_former_one(moved, django_assert_num_queries):
    old, new = moved.areas["990101"], moved.areas["990102"]
    with django_assert_num_queries(1):
        assert codes(children_on(old, BEFORE)) == ["990101001", "990101102"]
    assert codes(children_on(old, DAY)) == codes(children_on(old, AFTER)) == ["990101001"]
    assert codes(children_on(new, BEFORE)) == ["990102101"]
    assert codes(children_on(new, DAY)) == ["990101102", "990102101"]


def test_what_a_unit_was_on_a_day(moved):
    town = moved.areas["990101102"]
    before, then = unit_on(town, BEFORE), unit_on(town, DAY)
    assert (before.name, before.path, before.parent_id) == ("上坡镇", OLD, moved.areas["990101"].pk)
    assert (then.name, then.path, then.parent_id) == ("上坡街道", NEW, moved.areas["990102"].pk)


def test_every_unit_stands_once_on_every_day(moved):
    for day in (BEFORE, DAY, AFTER):
        everywhere = codes(tree_on(day, "99/"))
        assert len(everywhere) == len(set(everywhere)) == 22
        assert len(tree_on(day, OLD)) == (4 if day == BEFORE else 0)
        assert len(tree_on(day, NEW)) == (0 if day == BEFORE else 4)


def test_a_unit_is_open_from_its_first_day_until_the_day_before_its_last(committed, cast):
    village = cast.areas["990101001201"]
    with as_owner():
        Area.objects.using("owner").filter(pk=village.pk).update(valid_from=BEFORE, valid_to=AFTER)
    days = [BEFORE - datetime.timedelta(days=1), BEFORE, DAY, AFTER]
    assert [unit_on(village, day) is not None for day in days] == [False, True, True, False]
