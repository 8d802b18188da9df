"""A frozen, audited table of the tests' own, and people who write to it over plain connections."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connections

from accounts import audit
from accounts.audit.stream import export
from accounts.audit.verification import verifier
from config.databases import role_password
from tests.snapshot import superuser

TABLE = "audit_lab"
CREATE = f"""
    SET ROLE cunxuan_owner;
    CREATE TABLE {TABLE} (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        unit_path text NOT NULL DEFAULT '',
        name text, amount numeric, at timestamptz, extra jsonb
    );
    GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLE} TO cunxuan_web;
    {";".join(audit.audit_trigger_sql(TABLE, frozen=True))};
    RESET ROLE"""

# Recomputes the whole chain over whatever the tables now say, as somebody who knows the functions would.
REFORGE = """
DO $$
DECLARE
    h bytea := coalesce((SELECT hash FROM accounts_auditcut ORDER BY seq DESC LIMIT 1),
        (SELECT sha256(convert_to(chain_id::text, 'UTF8')) FROM accounts_audithead));
    c record; a record; e record; content bytea; n bigint := coalesce((SELECT max(seq) FROM accounts_auditcut), 0);
BEGIN
    FOR c IN SELECT * FROM accounts_auditchain ORDER BY seq LOOP
        n := n + 1;
        IF c.kind = 'act' THEN
            SELECT * INTO a FROM accounts_auditact WHERE id = c.ref;
            content := audit_canonical('CX1', n::text, '1', 'act', a.id::text, audit_time(c.sealed_at),
                audit_time(a.at), a.type, a.subject_kind, a.subject_id, a.unit_path, a.assignment_id::text,
                a.holder_name, a.role, a.office_name, a.area_path, a.reason, a.before::text, a.after::text,
                a.request_id);
        ELSE
            SELECT * INTO e FROM accounts_auditevent WHERE id = c.ref;
            content := audit_canonical('CX1', n::text, '1', 'event', e.id::text, audit_time(c.sealed_at),
                audit_time(e.at), e.act_id::text, e.relation, e.op, e.row_count::text, e.keys::text,
                encode(e.digest, 'hex'));
        END IF;
        UPDATE accounts_auditchain SET seq = n, prev = h, hash = sha256(h || content) WHERE seq = c.seq;
        h := sha256(h || content);
    END LOOP;
    UPDATE accounts_audithead SET seq = n, hash = h;
END $$;"""


def connect(role: str = "cunxuan_web") -> Any:
    """A plain connection of a database role to the test database."""
    server = connections["owner"].settings_dict
    return psycopg2.connect(
        host=server["HOST"],
        port=server["PORT"],
        dbname=server["NAME"],
        user=role,
        password=role_password(settings.SECRET_KEY, role),
        options="-c lock_timeout=5000",
    )


@dataclass
class Writer:
    """One person of the cast at a plain connection; `act` and `insert` do what an action does."""

    connection: Any
    token: str

    @property
    def cursor(self) -> Any:
        return self.connection.cursor()

    def enter(self, cursor: Any) -> None:
        cursor.execute("SELECT set_config('app.scope_token', %s, true)", [self.token])

    def act(
        self, cursor: Any, *, reason: str = "", before: str | None = None, after: str | None = None
    ) -> int:
        cursor.execute(
            "SELECT audit_open_act(NULL, 'lab.write', 'lab', '', NULL, %s, %s, %s, 'request')",
            [reason, before, after],
        )
        return cursor.fetchone()[0]

    def write(self, *names: str, reason: str = "") -> int:
        """One committed act that inserts a row per name; returns the act."""
        with self.connection, self.cursor as cursor:
            self.enter(cursor)
            number = self.act(cursor, reason=reason)
            values = ",".join(["(%s)"] * len(names))
            cursor.execute(f"INSERT INTO {TABLE} (name) VALUES {values}", names)
        return number


def exported(cursor: Any) -> list[bytes]:
    """The export as lines, in the cursor's transaction."""
    buffer = io.BytesIO()
    export(cursor, buffer, [(TABLE, "id")])
    return buffer.getvalue().splitlines()


def breaks(lines: list[bytes], anchors: list[str] | None = None, key: bytes | None = None) -> list[str]:
    """Codes of what the verifier finds, each once, sorted."""
    report = verifier().verify(lines, anchors, key)
    return sorted({found.code for found in report.breaks})


def whole(connection: Any = None) -> Any:
    """Report of the verifier on the committed state of the test database."""
    own = connection or superuser()
    own.autocommit = False
    try:
        with own.cursor() as cursor:
            return verifier().verify(exported(cursor))
    finally:
        own.rollback()
        if connection is None:
            own.close()
