"""T20: no write to an audited table can go unrecorded, and every declared act is really used."""

import re
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from accounts import audit
from accounts.protection import protected_models
from accounts.scope.entry import issue
from tests.security.roles import connected_as
from tests.snapshot import superuser

# Tables without events, each with its reason. A new one must be argued for here.
UNAUDITED = {
    "accounts_systemscope": "rows of the migration",
    "accounts_scopetoken": "one per session and assignment; signing in is logged by itself",
    "accounts_user": "reached through the alias login; changes are acts on the assignment",
    "accounts_usersession": "sessions",
    "accounts_loginattempt": "its own register",
    "accounts_knowndevice": "sessions",
    "accounts_calendarfeed": "counts its readings; making and stopping one are acts",
    "accounts_job": "JobEvent is its history",
    "accounts_jobevent": "a history itself",
    "accounts_jobtrace": "progress",
    "accounts_notice": "told by the system; what was told for (a chase) is audited",
    "accounts_jobperiod": "progress",
    "accounts_workerbeat": "progress",
    "accounts_idempotencykey": "what a submission was answered; what it did is audited",
    "accounts_retentionrun": "progress: every run is one act",
    "elections_orgversion": "a history itself: what each audited change of a record replaced, written by trigger",
    "reports_commentversion": "a history itself: what each audited change of a comment replaced, written by trigger",
    "reports_dailydraft": "working paper: the chain holds the filing, not every keystroke",
    "reports_dirtymark": "marks for the roll-up; the filing is audited",
    "reports_rolluprow": "derived: one act per run",
}


def table_names(models) -> set[str]:
    return {model._meta.db_table for model in models}


def test_t20_only_the_listed_tables_are_without_events():
    without = [model for model in protected_models() if not model.access.audited or model.access.derived]
    assert table_names(without) == set(UNAUDITED)


def test_t20_every_audited_table_has_its_three_triggers(db):
    audited = [model for model in protected_models() if model.access.audited and not model.access.derived]
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname IN "
                "('audit_insert', 'audit_update', 'audit_delete') AND tgenabled = 'O' AND tgparentid = 0 "
                "GROUP BY 1 HAVING count(*) = 3"
            )
            found = {name for (name,) in cursor.fetchall()}
    finally:
        connection.close()
    assert found == table_names(audited)


def test_t20_a_write_without_an_act_is_refused(committed, cast):
    token = issue("t20", cast.town.pk)
    with connected_as("cunxuan_web") as cursor:
        cursor.execute("SELECT set_config('app.scope_token', %s, true)", [token])
        with pytest.raises(psycopg2.DatabaseError) as refused:
            cursor.execute("UPDATE elections_org SET note = 'x'")
    assert refused.value.pgcode == "CX001"


def test_t20_every_declared_act_is_used():
    """A type that nobody opens is a promise nobody keeps."""
    root = Path(settings.BASE_DIR)
    sources = [
        path.read_text()
        for app in ("accounts", "elections", "reports", "candidates", "risk", "supervision", "config")
        for path in (root / app).rglob("*.py")
    ]
    unused = []
    for path in root.glob("*/audit_types.py"):
        for name, code in re.findall(r'(\w+): Final = (?:register\()?"([a-z_.]+)"', path.read_text()):
            assert code in audit.registered(), code
            uses = sum(len(re.findall(rf"\b{name}\b", text)) for text in sources)
            if uses <= path.read_text().count(name):
                unused.append(code)
    assert unused == []
