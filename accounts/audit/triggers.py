"""SQL that puts a table under audit; applied by `manage.py migrate` from each model's `access`."""


def audit_trigger_sql(table: str, audit_key: str = "id", *, frozen: bool = False) -> list[str]:
    """Idempotent statements that make every statement on `table` leave one audit event.

    `audit_key` is the column whose values the event lists. A frozen table lists them without gaps and lets
    the gatekeeper read it, so that the verifier can compare rows with events; its key values must not be
    shared by two INSERT statements.
    """
    arguments = f"'{audit_key}', '{'exact' if frozen else 'short'}'"
    tables = {
        "insert": "NEW TABLE AS audit_new",
        "update": "OLD TABLE AS audit_old NEW TABLE AS audit_new",
        "delete": "OLD TABLE AS audit_old",
    }
    statements = [
        f"CREATE OR REPLACE TRIGGER audit_{verb} AFTER {verb.upper()} ON public.{table} REFERENCING {seen}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION public.audit_statement({arguments})"
        for verb, seen in tables.items()
    ]
    if frozen:
        statements += [
            f"GRANT SELECT ON public.{table} TO cunxuan_gatekeeper",
            f"DROP POLICY IF EXISTS audit_reads ON public.{table}",
            f"CREATE POLICY audit_reads ON public.{table} FOR SELECT TO cunxuan_gatekeeper USING (true)",
        ]
    return statements
