"""T25: nothing that may legally be written makes the verifier cry wolf."""

import datetime as dt
import json
import sys
import unicodedata

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import free_text
from accounts.audit.verification import verifier
from tests.accounts.audit.lab import TABLE, whole

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
EARLY, LATE = dt.datetime.fromisoformat("1900-01-01"), dt.datetime.fromisoformat("2200-01-01")
RARE = st.sampled_from(
    ["é", "é", "𠮷野家", "㐀", "\u200b", "\x7f", "\x1b", '"\\', "a\tb\r\nc", "", " ", "null"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ACT = st.fixed_dictionaries({"reason": TEXT | RARE, "before": st.none() | JSON, "after": st.none() | JSON})
ROW = st.tuples(
    st.none() | TEXT | RARE,
    st.none()
    | st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12),
    st.none() | st.datetimes(EARLY, LATE, timezones=st.just(dt.UTC)),
    st.none() | JSON,
)


def write_all(writer, act: dict, rows: list[tuple]) -> None:
    with writer.connection, writer.cursor as cursor:
        writer.enter(cursor)
        before, after = (None if act[k] is None else json.dumps(act[k]) for k in ("before", "after"))
        reason = act["reason"][:500] if len(unicodedata.normalize("NFC", act["reason"])) <= 500 else ""
        writer.act(cursor, reason=reason, before=before, after=after)
        for name, amount, at, extra in rows:
            cursor.execute(
                f"INSERT INTO {TABLE} (name, amount, at, extra) VALUES (%s, %s, %s, %s)",
                [name, amount, at, None if extra is None else json.dumps(extra)],
            )


def check(writer, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(act=ACT, rows=st.lists(ROW, min_size=1, max_size=4))
    def run(act, rows):
        if "\\u0000" in json.dumps(act) + json.dumps([row[3] for row in rows]):
            return
        if not free_text.holds_personal_number(act["reason"]):
            write_all(writer, act, rows)

    run()
    report = whole()
    assert report.breaks == []
    assert report.rows > examples / 2


def test_t25_a_hundred_random_acts_verify(writer):
    """Short form: 100 acts with up to four rows each."""
    check(writer, 100)


@pytest.mark.long
def test_t25_twenty_five_thousand_random_acts_verify(writer):
    check(writer, 25_000)


def test_t25_the_same_row_read_under_other_settings_has_the_same_digest(lab, writer):
    write_all(
        writer,
        {"reason": "", "before": None, "after": None},
        [("x", 1, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), [1.5])],
    )
    with lab.cursor() as cursor:
        cursor.execute(
            "SET timezone = 'Asia/Shanghai'; SET datestyle = 'German'; SET bytea_output = 'escape'"
        )
        cursor.execute(f"SELECT row_digest FROM audit_frozen_rows('{TABLE}', 'id')")
        here = cursor.fetchone()
        cursor.execute("RESET ALL")
        cursor.execute(f"SELECT row_digest FROM audit_frozen_rows('{TABLE}', 'id')")
        assert cursor.fetchone() == here


def test_t25_a_new_nullable_column_keeps_old_digests_valid(lab, writer):
    writer.write("before the migration")
    with lab.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN later text")
    assert whole().breaks == []


def test_t25_negative_control_a_new_column_with_a_value_is_a_change(lab, writer):
    writer.write("before the migration")
    with lab.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN later text DEFAULT 'x'")
    assert [found.code for found in whole().breaks] == ["row_changed"]


@given(parts=st.lists(st.none() | TEXT, max_size=5), other=st.lists(st.none() | TEXT, max_size=5))
def test_t25_canonical_bytes_are_unique(parts, other):
    program = verifier()
    assert (program.canonical(parts) == program.canonical(other)) == (parts == other)


@given(key=st.binary(max_size=150), data=st.binary(max_size=300))
@settings(max_examples=25, deadline=None)
def test_sm3_of_the_verifier_is_sm3(key, data):
    verifier()
    marks = sys.modules["audit_marks"]
    mac = HMAC(key, hashes.SM3())
    mac.update(data)
    assert marks.hmac_sm3(key, data) == mac.finalize()
    assert marks.own_sm3(data) == marks.sm3(data)
