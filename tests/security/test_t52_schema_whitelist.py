"""T52: no column nobody approved, and no free text that takes an identity-card or mobile number.

A new column is added to `approved_columns.txt` after somebody has asked whether it may hold personal data.
"""

import random
from pathlib import Path

import pytest
from django.db import models

from accounts.protection import protected_models
from tests.snapshot import superuser

APPROVED = Path(__file__).with_name("approved_columns.txt")

# Text columns that nobody types into: written by the system, copied from a checked column, or codes of fixed form.
NOT_TYPED = {
    "accounts_area": {"code", "name", "short_name"},  # published division codes
    "accounts_areaoperation": {"batch", "proposed_by_name", "decided_by_name", "cancelled_by_name"},
    "accounts_areaversion": {"name", "short_name", "kind"},  # copied from the unit
    "accounts_job": {
        "kind", "label", "subject", "detail", "system_scope", "owner_key", "request_id", "stage", "message",
        "result_path", "result_name", "error_code", "error_message", "worker",
    },
    "accounts_jobevent": {"message", "worker"},
    "accounts_jobtrace": {"trace"},
    "accounts_jobperiod": {"name"},
    "accounts_workerbeat": {"name"},
    "accounts_retentionrun": {"rule", "error"},
    "accounts_user": {"password", "phone"},  # the telephone rests sealed, by constraint
    "accounts_reveal": {"whose", "holder_name", "office_name", "consented_by_name"},
    "accounts_revealconsent": {"whose", "asked_by_name", "decided_by_name"},  # copied from accounts
    "accounts_assignment": {"holder_name"},  # copied from the account
    "accounts_exportrecord": {"holder_name", "office_name", "sha256"},
    "accounts_idempotencykey": {"digest"},
    "accounts_systemscope": {"name", "label"},
    "accounts_scopetoken": {"token_hash", "system_scope", "holder"},
    "accounts_knowndevice": {"token_hash"},
    "accounts_usersession": {"key_hash", "data", "agent", "end_reason"},
    "accounts_loginattempt": {"bucket"},
    "accounts_apitoken": {"token_hash"},
    "accounts_calendarfeed": {"token_hash"},
    "accounts_notice": {"url", "dedup"},
    "accounts_savedfilter": {"holder_name"},
    "reports_chase": {"chased_by_name", "chased_by_office"},
    "accounts_grantrequest": {"holder_name", "asked_by_name", "decided_by_name"},  # copied from accounts
    "reports_comment": {"pinned_key", "sent_by_name"},
    "reports_commentversion": {"pinned_key", "sent_by_name"},
    "reports_commentnote": {"written_by_name"},
    "reports_commentreply": {"author_name", "author_office"},
    "reports_commentrule": {"code", "made_by_name"},
    "reports_commentsentence": {"rule"},
    "reports_publication": {
        "audit_head", "digest", "digest_method", "published_by_name", "published_by_office",
    },
    "reports_publicationcheck": {"digest"},
    "reports_correctionrequest": {"asked_by_name", "decided_by_name"},
    "reports_dailyrevision": {
        "filed_by_name", "filed_by_office", "consented_by_name", "digest", "mac", "digest_method",
    },
    "reports_sheetopening": {"opened_by_name", "opened_by_office"},
    "reports_countyopening": {"opened_by_name", "opened_by_office"},
    "reports_countyforward": {
        "forwarded_by_name", "forwarded_by_office", "digest", "mac", "digest_method",
    },
    "reports_localmetric": {"key"},  # x_ and letters, by constraint
}  # fmt: skip


def free_text() -> list[tuple[str, str]]:
    """Table and column of every text that people type: by convention every one that is not listed above."""
    return sorted(
        (model._meta.db_table, field.column)
        for model in protected_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and field.db_collation != "C"
        and field.name not in NOT_TYPED.get(model._meta.db_table, set())
    )


@pytest.fixture
def cursor(committed):
    connection = superuser()
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


def columns(cursor) -> list[str]:
    """`table.column type` of every table, view and partitioned table of ours (partitions repeat their parent)."""
    cursor.execute(
        "SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition "
        "AND c.relname !~ '^(django|auth)_' ORDER BY 1"
    )
    return [text for (text,) in cursor.fetchall()]


def test_t52_every_column_is_approved_and_every_approved_column_exists(cursor):
    approved, existing = set(APPROVED.read_text().split("\n")) - {""}, set(columns(cursor))
    assert (sorted(existing - approved), sorted(approved - existing)) == ([], [])


def test_t52_the_list_of_untyped_columns_names_only_columns_that_exist():
    existing = {
        model._meta.db_table: {field.name for field in model._meta.local_concrete_fields}
        for model in protected_models()
    }
    assert {table: names - existing.get(table, set()) for table, names in NOT_TYPED.items()} == {
        table: set() for table in NOT_TYPED
    }


def sample(chance: random.Random) -> str:
    """An identity-card or mobile number, whole, spaced or in full width, among other words."""
    if chance.random() < 0.5:
        day = f"{chance.randint(1930, 2010)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
        number = (
            f"{chance.randint(110000, 659999)}{day}{chance.randint(0, 999):03}{chance.choice('0123456789Xx')}"
        )
        cut = (6, 14)
    else:
        number = f"1{chance.randint(3, 9)}{chance.randint(0, 999_999_999):09}"
        cut = (3, 7)
    gap = chance.choice(["", "", " ", "-"])
    number = gap.join((number[: cut[0]], number[cut[0] : cut[1]], number[cut[1] :]))
    if chance.random() < 0.3:
        number = number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    before, after = (
        chance.choice(["", "电话", "见", "联系人张三 ", "("]),
        chance.choice(["", "。", " 已核", ")"]),
    )
    return f"{before}{number}{after}"


HARMLESS = ["", "山区", "330702001201", "2026-12-18 17:00", "登记选民 1,200 人", "第 110 号文", "12345678"]


def refused_by(cursor, table: str, column: str, texts: list[str]) -> int:
    """How many of the texts the checks on a column refuse, as the database itself evaluates them."""
    cursor.execute(
        "SELECT pg_get_expr(k.conbin, k.conrelid) FROM pg_constraint k "
        "JOIN pg_attribute a ON a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum] "
        "WHERE k.conrelid = %s::regclass AND k.contype = 'c' AND a.attname = %s "
        "AND k.conname LIKE '%%no_personal_number'",
        [table, column],
    )
    checks = [check for (check,) in cursor.fetchall()]
    if not checks:
        return 0
    condition = " AND ".join(checks)
    cursor.execute(
        f'SELECT count(*) FROM unnest(%s::text[]) AS t("{column}") WHERE NOT ({condition})', [texts]
    )
    return cursor.fetchone()[0]


def unprotected(cursor, number: int) -> list[tuple[str, str, int, int]]:
    chance = random.Random(52)
    texts = [sample(chance) for _ in range(number)]
    wrong = []
    for table, column in [*free_text(), ("accounts_auditact", "reason")]:
        found = (refused_by(cursor, table, column, texts), refused_by(cursor, table, column, HARMLESS))
        if found != (number, 0):
            wrong.append((table, column, *found))
    return wrong


def test_t52_schema_whitelist(cursor):
    assert unprotected(cursor, 200) == []


@pytest.mark.long
def test_t52_schema_whitelist_long(cursor):
    assert unprotected(cursor, 10_000) == []


def test_t52_negative_control_a_dropped_check_is_seen(cursor):
    cursor.execute("BEGIN")
    cursor.execute("ALTER TABLE elections_org DROP CONSTRAINT org_note_no_personal_number")
    try:
        assert unprotected(cursor, 20) == [("elections_org", "note", 0, 0)]
    finally:
        cursor.execute("ROLLBACK")
