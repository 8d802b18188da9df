"""Rename, re-type, move, merge and split: the tree before and after, the rows, the accounts."""

import datetime

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from accounts.actions.area_operations import decide, propose, withdraw
from accounts.errors import Refusal
from accounts.models import Area, AreaOperation, Assignment, AuditAct
from accounts.queries.tree_check import broken
from accounts.queries.trees import children_on, tree_on, unit_on
from accounts.scope import scoped, system_scoped
from elections.models import Org

DAY = datetime.timedelta(days=1)
TOWN, OLD, NEW = "990101102", "99/9901/990101/990101102/", "99/9901/990102/990101102/"


def area(code: str) -> Area:
    return Area.objects.using("owner").get(code=code)


def codes(units) -> list[str]:
    return [unit.code for unit in units]


def faults() -> list[str]:
    today = timezone.localdate()
    with system_scoped("areas"):
        return [fault.what for fault in broken(today - 3 * DAY, today)]


def below(code: str, day: datetime.date) -> list[str]:
    with system_scoped("areas"):
        return codes(children_on(area(code), day))


def test_a_move_keeps_the_past_and_moves_the_rows(change, cast):
    today = timezone.localdate()
    done = change("move", units=[TOWN], parent="990102")
    assert (done.state, done.summary) == ("done", "上坡镇划归西岭县")
    assert (area(TOWN).path, area(TOWN).parent.code, area(TOWN).version_from) == (NEW, "990102", today)
    assert below("990101", today - DAY) == ["990101001", TOWN]
    assert below("990101", today) == ["990101001"]
    assert below("990102", today) == [TOWN, "990102101"]
    with system_scoped("areas"):
        assert unit_on(area(TOWN), today - DAY).path == OLD
        assert len(tree_on(today - DAY, OLD)) == 4
        assert len(tree_on(today, NEW)) == 4
    paths = Org.objects.using("owner").filter(area__parent__code=TOWN).values_list("unit_path", flat=True)
    assert sorted(paths) == [f"{NEW}{TOWN}{n}/" for n in (201, 202, 203)]
    assert done.outcome["rows"] == {"accounts_assignment": 1, "elections_org": 3}
    assert faults() == []


def test_the_former_superior_loses_sight_at_its_next_request(change, client_of, cast):
    former, new = client_of("county"), client_of("other_county")
    village = f"/orgs/{cast.rounds['9901'].pk}/{TOWN}201/"
    urls = [f"/system/areas/{TOWN}/", f"/system/areas/{TOWN}201/"]
    assert [former.get(url).status_code for url in urls] == [200, 200]
    assert [new.get(url).status_code for url in urls] == [404, 404]
    change("move", units=[TOWN], parent="990102")
    assert [former.get(url).status_code for url in urls] == [404, 404], village
    assert [new.get(url).status_code for url in urls] == [200, 200]
    with scoped(cast.county) as scope:
        assert not Org.objects.visible_to(scope).filter(area__code__startswith=TOWN).exists()
        assert not Org.objects.filter(
            area__code__startswith=TOWN
        ).exists()  # the database alone, without our filter


def test_the_office_of_a_moved_unit_goes_with_it(change, cast):
    change("move", units=[TOWN], parent="990102")
    row = Assignment.objects.using("owner").get(pk=cast.sibling_town.pk)
    assert (row.unit_path, row.revoked_at) == (NEW, None)
    with scoped(row):
        assert Org.objects.count() == 3


def test_a_rename_and_a_retype_leave_paths_alone(change):
    today = timezone.localdate()
    change("rename", units=[TOWN], name="上岗镇")
    change("retype", units=["990102101"], unit_kind="street", name="石塔街道")
    town, street = area(TOWN), area("990102101")
    assert (town.name, town.short_name, town.pinyin, town.path) == ("上岗镇", "上岗", "shanggangzhen", OLD)
    assert (street.name, street.kind) == ("石塔街道", "street")
    with system_scoped("areas"):
        before = unit_on(street, today - DAY)
        assert (before.name, before.kind) == ("石塔镇", "town")
    assert faults() == []


def test_a_merger_into_a_new_unit_ends_the_old_ones(change, cast):
    today = timezone.localdate()
    change("merge", units=["990101001", TOWN], code="990101103", name="坡下镇", unit_kind="town")
    assert below("990101", today - DAY) == ["990101001", TOWN]
    assert below("990101", today) == ["990101103"]
    assert len(below("990101103", today)) == 6
    assert len(below("990101001", today - DAY)) == 3
    assert below("990101001", today) == []
    ended = Assignment.objects.using("owner").filter(pk__in=[cast.town.pk, cast.sibling_town.pk])
    assert [row.revoked_at is None for row in ended] == [False, False]
    assert faults() == []


def test_a_merger_of_villages_into_one_of_them(change):
    today = timezone.localdate()
    change("merge", units=[f"{TOWN}201", f"{TOWN}202"], code=f"{TOWN}201", name="后王村")
    assert below(TOWN, today) == [f"{TOWN}201", f"{TOWN}203"]
    assert below(TOWN, today - DAY) == [f"{TOWN}201", f"{TOWN}202", f"{TOWN}203"]
    assert (area(f"{TOWN}201").name, area(f"{TOWN}202").valid_to) == ("后王村", today)
    assert faults() == []


def test_a_split_takes_children_along(change):
    today = timezone.localdate()
    change(
        "split", units=[TOWN], code="990101104", name="和平乡", unit_kind="township", children=[f"{TOWN}203"]
    )
    assert below("990101", today) == ["990101001", TOWN, "990101104"]
    assert below("990101104", today) == [f"{TOWN}203"]
    assert below("990101104", today - DAY) == []
    assert len(below(TOWN, today - DAY)) == 3
    assert faults() == []


def test_a_zone_manages_and_the_county_goes_on_counting(change):
    """Opened by a split, joined from a third county, left for home and for elsewhere; a county merged hands on."""

    def counted(code: str) -> tuple[str, str | None]:
        unit = area(code)
        return unit.parent.code, unit.statistical_parent and unit.statistical_parent.code

    zone = "9901Z1"
    change(
        "split", units=["990101"], code=zone, name="江东新区", unit_kind="functional_zone", children=[TOWN]
    )
    assert (area(zone).level, area(zone).kind, area(zone).parent.code) == (3, "functional_zone", "9901")
    assert counted(TOWN) == (zone, "990101")
    change("move", units=["990102101"], parent=zone)
    assert counted("990102101") == (zone, "990102")
    assert below(zone, timezone.localdate()) == [TOWN, "990102101"]
    change("move", units=[TOWN], parent="990101")
    assert counted(TOWN) == ("990101", "990101")
    change("move", units=[TOWN], parent="990102")
    assert counted(TOWN) == ("990102", None)
    change("merge", units=["990101", "990102"], code="990101")
    assert counted("990102101") == (zone, "990101")
    assert counted(TOWN) == ("990101", None)
    assert faults() == []


def test_codes_of_new_zones(change):
    for code, kind, refused in (
        ("9901Z1", "county", "area_code_malformed"),
        ("9901Y1", "functional_zone", "area_code_malformed"),
        ("9901Z12", "functional_zone", "area_code_malformed"),
        ("990102", "functional_zone", "area_code_taken"),
    ):
        with pytest.raises(Refusal) as refusal:
            change("split", units=["990101"], code=code, name="江东新区", unit_kind=kind, children=[TOWN])
        assert refusal.value.code == refused


def test_changes_of_a_past_day_and_of_one_day_twice(change):
    today = timezone.localdate()
    change("move", day=today - 2 * DAY, units=[TOWN], parent="990102")
    change("rename", day=today - 2 * DAY, units=[TOWN], name="上岗镇")
    change("move", units=[TOWN], parent="990101")
    assert [below("990101", today - n * DAY) == ["990101001", TOWN] for n in (3, 2, 1, 0)] == [
        True, False, False, True,
    ]  # fmt: skip
    with system_scoped("areas"):
        assert [unit_on(area(TOWN), today - n * DAY).name for n in (3, 2)] == ["上坡镇", "上岗镇"]
    assert faults() == []
    with pytest.raises(Refusal) as refusal:
        change("rename", day=today - DAY, units=[TOWN], name="上冈镇")
    assert refusal.value.code == "area_changed_later"


def test_a_unit_from_which_another_left_later_is_not_moved_before_that_day(change):
    """What left it stood below it until then: its former state names the old place."""
    today = timezone.localdate()
    change(
        "split", units=[TOWN], code="990101104", name="和平乡", unit_kind="township", children=[f"{TOWN}203"]
    )
    with pytest.raises(Refusal) as refusal:
        change("move", day=today - DAY, units=[TOWN], parent="990102")
    assert refusal.value.code == "area_changed_later"
    change("move", units=[TOWN], parent="990102")
    assert faults() == []


def test_two_persons_and_the_database_says_so_too(db, cast):
    today = timezone.localdate()
    with scoped(cast.city) as scope:
        operation = propose(
            "rename", today + DAY, {"units": [TOWN], "name": "上岗镇"}, reason="批复", by=scope
        )
        with pytest.raises(Refusal) as refusal:
            decide(operation, agree=True, note="", by=scope)
        assert refusal.value.code == "second_person_required"
        for change in (
            {"state": "approved", "decided_by": cast.city, "decided_at": timezone.now()},
            {"state": "done", "done_at": timezone.now()},
            {"steps": []},
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                AreaOperation.objects.filter(pk=operation.pk).update(**change)
        assert withdraw(operation, by=scope).state == "withdrawn"
        with pytest.raises(Refusal) as refusal:
            withdraw(operation, by=scope)
        assert refusal.value.code == "area_change_decided"


def test_nobody_but_the_worker_and_only_what_is_approved_and_due(worker_role, cast):
    with scoped(cast.city) as scope:
        operation = propose(
            "rename", timezone.localdate(), {"units": [TOWN], "name": "上岗镇"}, reason="批复", by=scope
        )
    with (
        pytest.raises(DatabaseError, match="not approved and due"),
        system_scoped("areas"),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute("SELECT area_move(%s)", [operation.pk])


def test_the_web_role_cannot_move_a_path(db, cast):
    """The flag of area_move() gives whoever sets it the unit's own path and nothing else."""
    with scoped(cast.town), connections["default"].cursor() as cursor:
        for call in ("area_move(1)", "area_keep('{1}', '2026-01-01')", "area_tables()", "area_rows_astray()"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                cursor.execute(f"SELECT {call}")
        cursor.execute("SELECT set_config('app.area_move', 'on', true)")
        org = Org.objects.filter(area__code="990101001201").first()
        with transaction.atomic():
            from accounts import audit

            audit.act(None, "test.cast")
            Org.objects.filter(pk=org.pk).update(unit_path="99/")
        org.refresh_from_db()
        assert org.unit_path == "99/9901/990101/990101001/990101001201/"


REFUSED = [
    ("move", {"units": [TOWN]}, "area_parent_required"),
    ("move", {"units": [TOWN], "parent": "990101"}, "area_nothing_changes"),
    ("move", {"units": [TOWN], "parent": "990101001"}, "area_parent_level"),
    ("move", {"units": [TOWN], "parent": "990201"}, "area_other_city"),
    ("move", {"units": ["9901"], "parent": "99"}, "area_level_fixed"),
    ("move", {"units": [TOWN, f"{TOWN}201"], "parent": "990102"}, "area_levels_differ"),
    ("move", {"units": [TOWN, TOWN], "parent": "990102"}, "area_unit_twice"),
    ("move", {"units": []}, "area_units_required"),
    ("move", {"units": ["000000000"]}, "area_unknown"),
    ("rename", {"units": [TOWN]}, "area_name_required"),
    ("rename", {"units": [TOWN], "name": "上坡镇"}, "area_nothing_changes"),
    ("rename", {"units": [TOWN], "name": "镇" * 61}, "area_name_too_long"),
    ("rename", {"units": [TOWN], "name": "镇 13800138000"}, "personal_number_refused"),
    ("rename", {"units": [TOWN, "990101001"], "name": "镇"}, "area_one_unit_only"),
    ("retype", {"units": [TOWN], "unit_kind": "village"}, "area_kind_not_of_level"),
    ("merge", {"units": [TOWN], "code": "990101103"}, "area_merge_needs_two"),
    ("merge", {"units": [TOWN, "990101001"], "code": "99", "name": "镇", "unit_kind": "town"}, "area_code_malformed"),
    ("merge", {"units": [TOWN, "990101001"], "code": "990102101", "name": "镇", "unit_kind": "town"}, "area_code_taken"),
    ("split", {"units": [TOWN], "code": "990101104", "name": "镇", "unit_kind": "town"}, "area_children_required"),
    ("split", {"units": [TOWN], "code": "990101104", "name": "镇", "unit_kind": "town",
               "children": ["990101001201"]}, "area_child_of_other"),
    ("split", {"units": [TOWN], "code": "990101104", "name": "镇", "unit_kind": "town",
               "children": [f"{TOWN}{n}" for n in (201, 202, 203)]}, "area_nothing_left"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "plan", "code"), REFUSED)
def test_what_is_refused(db, cast, kind, plan, code):
    with scoped(cast.admin) as scope, pytest.raises(Refusal) as refusal:
        propose(kind, timezone.localdate(), plan, reason="批复", by=scope)
    assert refusal.value.code == code


def test_only_the_common_superior_proposes(db, cast):
    plan = {"units": [TOWN], "parent": "990102"}
    with scoped(cast.county) as scope, pytest.raises(Refusal) as refusal:
        propose("move", timezone.localdate(), plan, reason="批复", by=scope)
    assert refusal.value.code == "area_outside_scope"
    with scoped(cast.county) as scope:
        made = propose(
            "rename", timezone.localdate(), {"units": [TOWN], "name": "上岗镇"}, reason="批复", by=scope
        )
        assert made.unit_path == "99/9901/990101/"
        with pytest.raises(Refusal) as refusal:
            propose(
                "rename", timezone.localdate(), {"units": [TOWN], "name": "上冈镇"}, reason="批复", by=scope
            )
        assert refusal.value.code == "area_change_waiting"


def test_every_step_is_an_act(change):
    change("rename", units=[TOWN], name="上岗镇")
    acts = AuditAct.objects.using("owner").filter(type__startswith="area_changes.").order_by("id")
    assert list(acts.values_list("type", flat=True)) == [
        "area_changes.proposed", "area_changes.approved", "area_changes.done",
    ]  # fmt: skip


def test_negative_control_a_lost_and_a_twice_told_unit_are_seen(change, cast):
    change("move", units=[TOWN], parent="990102")
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE accounts_area SET path = %s WHERE code = %s", [f"{OLD}x/", f"{TOWN}201"])
        cursor.execute("UPDATE accounts_areaversion SET valid_to = valid_to + 1 WHERE path = %s", [OLD])
    assert {"path", "row", "span", "twice"} <= set(faults())
