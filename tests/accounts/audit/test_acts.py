"""Acts and events: who is recorded, what is refused, what an event says."""

import hashlib

import psycopg2
import pytest
from django.db import connections, transaction

from accounts import audit, free_text
from accounts.errors import Refusal, codes
from accounts.models import Area, Assignment, AuditAct, AuditEvent
from accounts.scope import scoped, system_scoped
from tests.accounts.audit.lab import TABLE
from tests.snapshot import superuser

SAMPLES = [
    "联系 13912345678",
    "１３９１２３４５６７８",
    "139-1234-5678",
    "33070219900101123X",
    "33070219900101123４",
    "330702 19900101 1234",
    "会议 2026-11-22 第 17 次",
    "编号 12345678901",
    "",
]


def last_act() -> AuditAct:
    return AuditAct.objects.using("owner").order_by("-pk")[0]


def events(act: int) -> list[tuple]:
    found = AuditEvent.objects.using("owner").filter(act_id=act).order_by("pk")
    return list(found.values_list("relation", "op", "row_count", "keys"))


def write_without_act(writer) -> None:
    with writer.cursor as cursor:
        writer.enter(cursor)
        cursor.execute(f"INSERT INTO {TABLE} (name) VALUES ('x')")


def test_act_copies_the_actor_from_the_scope_and_the_unit_from_the_subject(committed, cast):
    audit.register("lab.write", "测试写入")
    with scoped(cast.county) as scope:
        number = audit.act(scope, "lab.write", cast.areas["990101001201"], reason="核对", after={"a": 1})
    act = last_act()
    assert (act.pk, act.assignment_id, act.holder_name, act.role) == (
        number,
        cast.county.pk,
        cast.county.holder_name,
        "county_office",
    )
    assert (act.office_name, act.area_path) == (cast.county.office_name, cast.county.unit_path)
    assert (act.subject_kind, act.subject_id) == ("accounts.area", str(cast.areas["990101001201"].pk))
    assert (act.unit_path, act.reason, act.before, act.after) == (
        cast.areas["990101001201"].path,
        "核对",
        None,
        {"a": 1},
    )


def test_act_without_subject_is_filed_under_the_scope_of_the_actor(db, cast):
    audit.register("lab.write", "测试写入")
    with scoped(cast.town) as scope:
        number = audit.act(scope, "lab.write", Area)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_auditact WHERE id = %s", [number])
            assert cursor.fetchone() == (0,)  # a township reads no audit


def test_undeclared_type_is_refused_before_anything_is_written(committed, cast):
    before = last_act().pk
    with pytest.raises(LookupError), scoped(cast.town) as scope:
        audit.act(scope, "lab.unheard_of")
    assert last_act().pk == before


def test_a_type_is_declared_once():
    audit.register("lab.write", "测试写入")
    audit.register("lab.write", "测试写入")
    with pytest.raises(ValueError, match="already declared"):
        audit.register("lab.write", "另一名称")
    with pytest.raises(ValueError, match=r"noun\.verb"):
        audit.register("write", "没有名词")


def test_act_needs_a_scope(committed, cast):
    audit.register("lab.write", "测试写入")
    with pytest.raises(Exception, match="needs a scope") as refused, transaction.atomic():
        audit.act(None, "lab.write")
    assert refused.value.__cause__.pgcode == "CX002"


def test_act_in_another_name_is_refused(committed, cast):
    audit.register("lab.write", "测试写入")
    with pytest.raises(Exception, match="does not act") as refused, scoped(cast.town):
        audit.act(cast.county, "lab.write")
    assert refused.value.__cause__.pgcode == "CX005"


def test_system_scope_is_recorded_by_its_name(worker_role):
    audit.register("lab.write", "测试写入")
    with system_scoped("audit") as scope:
        audit.act(scope, "lab.write")
    act = last_act()
    assert (act.assignment_id, act.role, act.holder_name) == (None, "system", "audit")


def test_reason_with_a_personal_number_is_refused_by_code_and_by_constraint(committed, cast, writer):
    with pytest.raises(Refusal) as refusal, scoped(cast.town) as scope:
        audit.act(scope, "lab.write", reason="联系 13912345678")
    assert codes(refusal.value) == ["personal_number_refused"]
    with pytest.raises(psycopg2.errors.CheckViolation):
        writer.write("x", reason="联系 13912345678")


@pytest.mark.parametrize("text", SAMPLES)
def test_pattern_of_the_database_is_that_of_the_code(snapshot, text):
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("SELECT text_has_personal_number(%s)", [text])
        assert cursor.fetchone() == (free_text.holds_personal_number(text),)
    connection.close()


def test_personal_fields_are_masked_before_they_are_stored(monkeypatch):
    monkeypatch.setattr(Assignment, "masked_fields", ("holder_name", "department"), raising=False)
    values = {"holder_name": "张三", "role": "township", "department": ""}
    assert audit.masked(Assignment, values) == {
        "holder_name": "***",
        "role": "township",
        "department": "",
    }
    assert audit.masked(Assignment, None) is None


def test_write_without_an_act_is_refused(writer):
    with pytest.raises(psycopg2.Error, match="without an open act") as refused:
        write_without_act(writer)
    assert refused.value.pgcode == "CX001"


def test_act_of_an_earlier_transaction_does_not_cover_this_one(writer):
    writer.write("first")
    with pytest.raises(psycopg2.Error) as refused:
        write_without_act(writer)
    assert refused.value.pgcode == "CX001"


def test_act_that_was_rolled_back_to_a_savepoint_does_not_count(writer):
    with writer.cursor as cursor:
        writer.enter(cursor)
        cursor.execute("SAVEPOINT s")
        writer.act(cursor)
        cursor.execute("ROLLBACK TO s")
    with pytest.raises(psycopg2.Error) as refused:
        write_without_act(writer)
    assert refused.value.pgcode == "CX001"


def test_one_event_per_statement_with_count_keys_and_digest(writer):
    act = writer.write("a", "b", "c")
    keys = events(act)[0][3]
    assert events(act) == [(TABLE, "INSERT", 3, keys)]
    assert [int(key) for key in keys] == list(range(int(keys[0]), int(keys[0]) + 3))
    rows = [
        hashlib.sha256(f'{{"id": {key}, "name": "{name}"}}'.encode()).digest()
        for key, name in zip(keys, "abc", strict=True)
    ]
    digest = AuditEvent.objects.using("owner").get(act_id=act).digest
    assert bytes(digest) == hashlib.sha256(b"".join(sorted(rows))).digest()


def test_update_and_delete_leave_events_and_empty_statements_none(writer):
    with writer.connection, writer.cursor as cursor:
        writer.enter(cursor)
        act = writer.act(cursor)
        cursor.execute(f"INSERT INTO {TABLE} (name) VALUES ('a') RETURNING id")
        key = str(cursor.fetchone()[0])
        cursor.execute(f"UPDATE {TABLE} SET name = 'b'")
        cursor.execute(f"UPDATE {TABLE} SET name = 'c' WHERE name = 'none'")
        cursor.execute(f"DELETE FROM {TABLE}")
        cursor.execute(f"DELETE FROM {TABLE}")
    assert events(act) == [(TABLE, op, 1, [key]) for op in ("INSERT", "UPDATE", "DELETE")]


@pytest.mark.parametrize("count", [50, 51])
def test_keys_above_fifty_are_summed_up_without_gaps(writer, count):
    act = writer.write(*map(str, range(count)))
    ((_, _, rows, keys),) = events(act)
    assert rows == count
    if count == 50:
        assert len(keys) == 50
    else:
        low = keys["min"]
        assert keys == {"count": 51, "min": low, "max": low + 50, "ranges": [[low, low + 50]]}


def test_writes_of_the_owner_are_recorded_not_refused(lab):
    with lab.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (name) VALUES ('by hand')")
    act = last_act()
    assert (act.type, act.role, act.holder_name) == ("owner.write", "system", "postgres")
    assert [event[:3] for event in events(act.pk)] == [(TABLE, "INSERT", 1)]


def test_denials_are_counted_per_assignment_and_hour(committed, cast, rf):
    request = rf.get("/")
    assert [audit.deny(request, "orgs:detail") for _ in range(22)] == list(range(1, 23))
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT assignment_id, attempts, jsonb_array_length(samples) FROM accounts_auditdenial"
        )
        assert cursor.fetchall() == [(0, 22, 20)]
        cursor.execute("SELECT denial_alarms FROM audit_health()")
        assert cursor.fetchone() == (1,)
