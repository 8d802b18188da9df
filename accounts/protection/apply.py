"""Carry out the declared protection: run at the end of every `manage.py migrate`, as the owner, in one transaction.

Desired state, not history: whatever a migration left behind, after this step each table has exactly the grants,
row policies and triggers that its model declares. A model without a declaration stops the migration.
"""

from pathlib import Path

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.audit.triggers import audit_trigger_sql
from accounts.protection import policies
from accounts.scope.access import TableAccess
from config.databases import GATEKEEPER, OWNER, SEALER

OURS = ("accounts", "mfa", "elections", "candidates", "risk", "supervision", "reports")
OUR_TRIGGERS = (
    "a_unit_path",
    "a_unit_recipient",
    "b_server_time",
    "c_frozen",
    "c_frozen_truncate",
    "d_same_line",
    "e_guard",
    "f_versions",
)


def protected_models() -> list[type[models.Model]]:
    """Our models with a table of their own; raises for one that declares no protection."""
    found = [
        model for label in OURS for model in apps.get_app_config(label).get_models() if model._meta.managed
    ]
    for model in found:
        if not isinstance(getattr(model, "access", None), TableAccess):
            raise ImproperlyConfigured(f"{model._meta.label} declares no `access` (accounts/scope/access.py)")
    return found


def apply_protection(connection: BaseDatabaseWrapper) -> None:
    """Bring functions, grants, policies and triggers to the declared state."""
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        cursor.execute(SCHEMA_PRIVILEGES)
        present = [model for model in protected_models() if model._meta.db_table in existing]
        for model in present:
            _protect_table(cursor, model)
        _run_functions(cursor)
        for model in present:
            _add_policies(cursor, model)
        _grant_sequences(cursor)
        _write_rows(cursor)


SCHEMA_PRIVILEGES = f"""
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}, {GATEKEEPER};
    GRANT USAGE ON SCHEMA public TO {policies.APPLICATION}, {policies.LOGIN}, {policies.AUDITOR}, {policies.BACKUP},
        {SEALER};
"""


def _run_functions(cursor) -> None:
    """Functions belong to the gatekeeper, so that they reach what callers cannot."""
    cursor.execute(f"SET LOCAL ROLE {GATEKEEPER}")
    cursor.execute(FUNCTION_DEFAULTS)
    for file in sorted(Path(__file__).parent.glob("*.sql")):
        # The driver's own cursor, without parameters: the text is not a format string.
        cursor.cursor.execute(file.read_text())
    cursor.execute("RESET ROLE")


# A function is closed to everybody but the owner (who makes triggers of it) until its file grants it.
FUNCTION_DEFAULTS = f"""
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO {OWNER};
"""


def _write_rows(cursor) -> None:
    """Rows that belong to the protection itself, such as the scopes of system jobs."""
    cursor.execute(f"SET LOCAL ROLE {GATEKEEPER}")
    for file in sorted(Path(__file__).parent.glob("rows/*.sql")):
        cursor.cursor.execute(file.read_text())
    cursor.execute("RESET ROLE")


def _protect_table(cursor, model: type[models.Model]) -> None:
    """Close the table, then grant what is declared; partitions stay closed (their parent answers for them)."""
    table = model._meta.db_table
    access: TableAccess = model.access
    for statement in policies.grants(access, table):
        cursor.execute(statement)
    if policies.is_open(access):
        cursor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        cursor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    else:
        cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    for partition in partitions_of(cursor, table):
        for statement in policies.grants(access, partition, partition=True):
            cursor.execute(statement)
        cursor.execute(f'ALTER TABLE "{partition}" ENABLE ROW LEVEL SECURITY')
        cursor.execute(f'ALTER TABLE "{partition}" FORCE ROW LEVEL SECURITY')


def _add_policies(cursor, model: type[models.Model]) -> None:
    table = model._meta.db_table
    access: TableAccess = model.access
    columns = frozenset(field.column for field in model._meta.local_concrete_fields)
    cursor.execute(
        "SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = %s", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'DROP POLICY "{name}" ON "{table}"')
    follows = model._meta.get_field(access.follows).related_model._meta.db_table if access.follows else ""
    if not policies.is_open(access):
        for policy in policies.policies(access, columns, follows):
            cursor.execute(policy.sql(table))
    for trigger in OUR_TRIGGERS:
        cursor.execute(f'DROP TRIGGER IF EXISTS {trigger} ON "{table}"')
    for statement in policies.triggers(access, table, links_of(model)):
        cursor.execute(statement)
    if access.audited and not access.derived:
        for statement in audit_trigger_sql(table, access.audit_key, frozen=access.frozen):
            cursor.execute(statement)


def links_of(model: type[models.Model]) -> list[tuple[str, str]]:
    """Foreign keys of a model to tables that carry a unit: (column, table); composite keys guard themselves."""
    return [
        (field.column, field.related_model._meta.db_table)
        for field in model._meta.local_concrete_fields
        if field.many_to_one
        and field.name not in model.access.guarded_by_key
        and isinstance(getattr(field.related_model, "access", None), TableAccess)
        and field.related_model.access.has_unit
    ]


def partitions_of(cursor, table: str) -> list[str]:
    """Names of a table's partitions; empty for a plain table."""
    cursor.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = to_regclass(%s) ORDER BY 1",
        [f'public."{table}"'],
    )
    return [name for (name,) in cursor.fetchall()]


def _grant_sequences(cursor) -> None:
    """Sequences of the owner's tables; those of the gatekeeper's are used by its functions alone."""
    cursor.execute(
        f"""DO $$ DECLARE s regclass; BEGIN
              FOR s IN SELECT oid FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
                          AND relowner = current_user::regrole LOOP
                EXECUTE format('GRANT USAGE ON SEQUENCE %s TO {policies.APPLICATION}, {policies.LOGIN}, {GATEKEEPER}', s);
              END LOOP; END $$"""
    )
