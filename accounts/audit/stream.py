"""The export that the verifier reads: one statement, so one moment of the database.

The sections and their order are described in `deploy/verify_audit.py`, which shares no code with this side.
"""

from typing import IO, Any

from django.apps import apps

HEADER = """
    SELECT json_build_array(0, 'cunxuan-audit', 2, h.chain_id, h.seq, encode(h.hash, 'hex'),
        audit_time(clock_timestamp()),
        (SELECT json_build_array(u.seq, encode(u.hash, 'hex'), audit_time(u.sealed_at), u.entries, u.carried,
             encode(u.carried_digest, 'hex'), audit_time(u.cut_at), u.key_id, u.mac)
         FROM accounts_auditcut u WHERE u.chain_id = h.chain_id ORDER BY u.seq DESC LIMIT 1))::text
    FROM accounts_audithead h"""
CARRIED = """
    SELECT line FROM (
        SELECT c.seq, json_build_array(2, c.seq, c.relation, c.op, c.row_count::text, c.keys::text,
            encode(c.digest, 'hex'))::text AS line
        FROM accounts_auditcarried c ORDER BY c.seq
    ) carried"""
CHAIN = """
    SELECT line FROM (
        SELECT c.seq, json_build_array(3, c.seq, c.chain, c.kind, c.ref, encode(c.prev, 'hex'),
            encode(c.hash, 'hex'), c.algo, audit_time(c.sealed_at),
            CASE WHEN a.id IS NOT NULL THEN json_build_array(a.id::text, audit_time(a.at), a.type,
                    a.subject_kind, a.subject_id, a.unit_path, a.assignment_id::text, a.holder_name, a.role,
                    a.office_name, a.area_path, a.reason, a.before::text, a.after::text, a.request_id)
                WHEN e.id IS NOT NULL THEN json_build_array(e.id::text, audit_time(e.at), e.act_id::text,
                    e.relation, e.op, e.row_count::text, e.keys::text, encode(e.digest, 'hex'))
            END)::text AS line
        FROM accounts_auditchain c
        LEFT JOIN accounts_auditact a ON c.kind = 'act' AND a.id = c.ref
        LEFT JOIN accounts_auditevent e ON c.kind = 'event' AND e.id = c.ref
        WHERE c.seq <= {last}
        ORDER BY c.seq
    ) chain"""
ORPHANS = """
    SELECT json_build_array(4, 'act', a.id)::text FROM accounts_auditact a
    WHERE NOT EXISTS (SELECT FROM accounts_auditchain c WHERE c.kind = 'act' AND c.ref = a.id)
    UNION ALL
    SELECT json_build_array(4, 'event', e.id)::text FROM accounts_auditevent e
    WHERE NOT EXISTS (SELECT FROM accounts_auditchain c WHERE c.kind = 'event' AND c.ref = e.id)"""
FROZEN = "SELECT json_build_array(1, '{table}')::text"
ROWS = """
    SELECT json_build_array(5, '{table}', row_key, row_digest)::text
    FROM audit_frozen_rows('{table}', '{key}')"""
END = "SELECT '[6]'"
# No JSON text holds these control characters, so the lines come out as they are.
LARGEST = 2**63 - 1
RAW_LINES = r"WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"


def frozen_tables() -> list[tuple[str, str]]:
    """(table, audit key) of every audited frozen table: what the code says, not what the database says."""
    found = [
        (model._meta.db_table, model.access.audit_key)
        for model in apps.get_models()
        if model._meta.managed and hasattr(model, "access") and model.access.frozen and model.access.audited
    ]
    return sorted(found)


def export_sql(tables: list[tuple[str, str]]) -> str:
    """The SELECT whose single column is the export, line by line."""
    parts = [HEADER]
    parts += [FROZEN.format(table=table) for table, _ in tables]
    parts += [CARRIED, CHAIN.format(last=LARGEST), ORPHANS]
    parts += [ROWS.format(table=table, key=key) for table, key in tables]
    parts.append(END)
    return " UNION ALL ".join(parts)


def export(cursor: Any, out: IO[Any], tables: list[tuple[str, str]] | None = None) -> None:
    """Write the export to `out`, in the transaction of a psycopg2 cursor.

    The cursor speaks as cunxuan_auditor, or as the application in the scope of an auditor of everything.
    """
    copy(cursor, out, export_sql(frozen_tables() if tables is None else tables))


def export_entries(cursor: Any, out: IO[Any], last: int) -> None:
    """Write the lines of the chain's entries up to `last` alone, for an archive."""
    copy(cursor, out, CHAIN.format(last=last))


def copy(cursor: Any, out: IO[Any], sql: str) -> None:
    # Appended parts keep their order as long as no parallel workers take part; the verifier checks it.
    cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    cursor.copy_expert(f"COPY ({sql}) TO STDOUT {RAW_LINES}", out)
