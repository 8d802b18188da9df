"""The import engine: preview, all or nothing, update by key, idempotence (T46), scope."""

from accounts.scope import scoped


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
