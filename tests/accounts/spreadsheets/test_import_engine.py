"""The import engine: preview, all or nothing, update by key, idempotence (T46), scope."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.scope import scoped
from tests.accounts.spreadsheets.conftest import HEADINGS, ROWS


def run(village, person, path, *, dry_run=False):
    with scoped(person) as scope:
        return village.VillageResource().import_data(path, dry_run=dry_run, scope=scope).preview


def counts(preview):
    return preview.new, preview.changed, preview.same, preview.errors


def stored(village, person):
    with scoped(person):
        return list(
            village.SheetVillage.objects.order_by("area__code").values_list(
                "area__code", "kind", "population", "voters", "secretary", "id_number", "is_pilot"
            )
        )


def test_new_rows_are_written_with_every_type(villages, cast, book):
    preview = run(villages, cast.town, book())
    assert preview.problems == []
    assert counts(preview) == (3, 0, 0, 0)
    assert preview.written == (3, 0)
    assert stored(villages, cast.town) == [
        ("990101001001", "community", 3000, 2400, "王三", "", False),
        ("990101001201", "village", 1200, 900, "张一", "", True),
        ("990101001202", "converted", 800, 640, "李二", "110101199003070011", False),
    ]


def test_same_file_twice_changes_nothing(villages, cast, book):
    run(villages, cast.town, book())
    with scoped(cast.town):
        before = list(villages.SheetVillage.objects.order_by("pk").values())
    preview = run(villages, cast.town, book(name="renamed.xlsx"))
    assert counts(preview) == (0, 0, 3, 0)
    assert preview.written == (0, 0)
    with scoped(cast.town):
        assert list(villages.SheetVillage.objects.order_by("pk").values()) == before


def test_a_column_the_sheet_leaves_out_keeps_what_is_stored(villages, cast, book):
    run(villages, cast.town, book([[*ROWS[0], "老村"]], headings=[*HEADINGS, "备注"]))
    preview = run(villages, cast.town, book([[*ROWS[0][:4], 1300, *ROWS[0][5:]]]))
    assert counts(preview) == (0, 1, 0, 0)
    with scoped(cast.town):
        assert list(villages.SheetVillage.objects.values_list("population", "remark")) == [(1300, "老村")]


def test_one_bad_row_keeps_the_whole_file_out(villages, cast, book):
    rows = [*ROWS[:2], [*ROWS[2][:4], -1, *ROWS[2][5:]]]
    preview = run(villages, cast.town, book(rows))
    assert counts(preview) == (2, 0, 0, 1)
    assert [(p.row, p.letters, p.code) for p in preview.problems] == [(4, "E", "XL-042")]
    assert preview.problems[0].message.startswith("不在允许的范围内，应")
    assert preview.written is None
    assert stored(villages, cast.town) == []


def test_rows_are_updated_by_key_with_a_diff_per_field(villages, cast, book):
    run(villages, cast.town, book())
    preview = run(villages, cast.town, book([[*ROWS[0][:4], 1250, 900, 41, "赵四", *ROWS[0][8:]]]))
    assert preview.written == (0, 1)
    assert preview.samples["changed"][0]["changes"] == [
        {"heading": "户籍人口", "old": "1200", "new": "1250"},
        {"heading": "书记", "old": "张一", "new": "赵四"},
    ]


def test_a_row_of_another_unit_is_refused(villages, cast, book):
    foreign = ["990101102201", "上坡镇", "后溪村", *ROWS[0][3:]]
    absent = ["990101999201", "", "无名村", *ROWS[0][3:]]
    named = ["", "上坡镇", "后溪村", *ROWS[0][3:]]
    preview = run(villages, cast.town, book([foreign, absent, named]))
    assert [(p.row, p.letters, p.code) for p in preview.problems] == [
        (2, "A", "XL-051"),
        (3, "A", "XL-050"),
        (4, "C", "XL-050"),
    ]


def test_units_are_found_by_name_within_the_superior(villages, cast, book):
    rows = [
        ["", "岭下街道", "坡阳村村民委员会", *ROWS[0][3:]],
        ["", "", "岭四村委会", *ROWS[1][3:]],
        ["", "岭下街道", "溪东社区居民委员会", *ROWS[2][3:]],
    ]
    assert counts(run(villages, cast.town, book(rows))) == (3, 0, 0, 0)


def test_namesakes_need_the_superior_or_the_code(villages, cast, book):
    rows = [["", "", "和平村", *ROWS[0][3:]], ["", "石塔镇", "和平村", *ROWS[1][3:]]]
    preview = run(villages, cast.city, book(rows), dry_run=True)
    assert [(p.row, p.letters, p.code) for p in preview.problems] == [(2, "C", "XL-052")]


def test_code_and_name_at_odds_are_refused(villages, cast, book):
    preview = run(villages, cast.town, book([["990101001201", "岭下街道", "岭四村", *ROWS[0][3:]]]))
    assert [(p.letters, p.code, p.message) for p in preview.problems] == [
        ("C", "XL-054", "名称与代码对不上，这个代码是“坡阳村”。")
    ]


def test_the_same_unit_twice_in_a_file_names_the_other_row(villages, cast, book):
    preview = run(villages, cast.town, book([ROWS[0], ROWS[1], ROWS[0]]))
    assert [(p.row, p.code, p.message) for p in preview.problems] == [
        (2, "XL-060", "与第 4 行重复。"),
        (4, "XL-060", "与第 2 行重复。"),
    ]


def test_constraints_of_the_model_speak_with_their_own_sentence(villages, cast, book):
    preview = run(
        villages,
        cast.town,
        book([[*ROWS[0][:4], 100, 101, *ROWS[0][6:]], [*ROWS[1][:4], 100, 100, *ROWS[1][6:]]]),
    )
    assert [(p.row, p.code, p.message) for p in preview.problems] == [
        (2, "XL-061", "不符合“登记选民数不能超过户籍人口”。")
    ]


def test_a_wrong_total_is_an_error_and_a_right_one_is_no_row(villages, cast, book):
    total = ["合 计", None, None, None, 5000, 3940, 161, None, None, None, None]
    assert counts(run(villages, cast.town, book([*ROWS, total]), dry_run=True)) == (3, 0, 0, 0)
    wrong = [*total[:4], 5001, *total[5:]]
    preview = run(villages, cast.town, book([*ROWS, wrong]))
    assert [(p.row, p.letters, p.code) for p in preview.problems] == [(5, "E", "XL-070")]
    assert preview.written is None


def test_a_reader_without_the_right_to_write_writes_nothing(villages, cast, book):
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        run(villages, cast.county, book())
    assert stored(villages, cast.town) == []


def test_the_statement_count_does_not_grow_with_the_rows(villages, cast, book):
    with scoped(cast.town) as scope, CaptureQueriesContext(connection) as one:
        villages.VillageResource().import_data(book(ROWS[:1]), dry_run=True, scope=scope)
    with scoped(cast.town) as scope, CaptureQueriesContext(connection) as three:
        villages.VillageResource().import_data(book(ROWS), dry_run=True, scope=scope)
    assert len(one) == len(three) == 23
