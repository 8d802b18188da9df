"""T05: what the catalogue of the database says about tables, partitions, views, functions, roles and grants."""

import pytest
from django.db import connections, transaction

from accounts.protection import apply_protection, policies, protected_models
from accounts.protection.apply import partitions_of
from tests.snapshot import superuser

# Django's own tables: no application role may touch them.
THIRD_PARTY = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
}
# Only a table's owner can attach a partition to it.
OWNER_FUNCTIONS = ("daily_figure_partition", "area_move", "area_move_counts", "area_rows_astray")
ROLES = (
    "cunxuan_web",
    "cunxuan_worker",
    "cunxuan_login",
    "cunxuan_auditor",
    "cunxuan_sealer",
    "cunxuan_backup",
)


@pytest.fixture
def catalogue(db):
    connection = superuser()
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


def rows(cursor, statement: str, *values) -> list[tuple]:
    cursor.execute(statement, values)
    return cursor.fetchall()


def protected_tables(cursor) -> set[str]:
    return {
        name
        for model in protected_models()
        for name in [model._meta.db_table, *partitions_of(cursor, model._meta.db_table)]
    }


VIEWS = ("elections_orgthen", "reports_commentthen")


def test_t05_every_table_is_declared(catalogue):
    found = {
        name
        for (name,) in rows(
            catalogue,
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
            "AND relnamespace = 'public'::regnamespace",
        )
    }
    audit = {name for name in found if name.startswith("accounts_audit")}
    assert found - audit == protected_tables(catalogue) | THIRD_PARTY


def test_t05_row_security_is_forced_everywhere_but_on_open_reference_data(catalogue):
    open_tables = {model._meta.db_table for model in protected_models() if policies.is_open(model.access)}
    loose = {
        name
        for (name,) in rows(
            catalogue,
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND NOT (relrowsecurity AND relforcerowsecurity)",
        )
    }
    assert loose == open_tables | THIRD_PARTY


def test_t05_grants_are_those_declared(catalogue):
    expected = {}
    for model in protected_models():
        table, access = model._meta.db_table, model.access
        verbs = policies.application_verbs(access) if access.is_business or access.kind == "reference" else ""
        if access.application_reads:
            verbs = "S"
        for role in ("cunxuan_web", "cunxuan_worker"):
            expected[role, table] = {policies.VERBS[verb] for verb in verbs}
        login = {"SELECT"} if access.login_reads or access.kind == "reference" else set()
        expected["cunxuan_login", table] = set(policies.VERBS.values()) if access.kind == "login" else login
        expected["cunxuan_auditor", table] = {"SELECT"} if access.auditor_reads else set()
        expected["cunxuan_backup", table] = {"SELECT"}
        expected["cunxuan_sealer", table] = set()
    for role in ("cunxuan_web", "cunxuan_worker"):
        expected |= {(role, view): {"SELECT"} for view in VIEWS}
    found = {key: set() for key in expected}
    for role, table, verb in rows(
        catalogue,
        "SELECT grantee, table_name, privilege_type FROM information_schema.table_privileges "
        "WHERE table_schema = 'public' AND grantee = ANY(%s) AND table_name NOT LIKE 'accounts_audit%%'",
        list(ROLES),
    ):
        found.setdefault((role, table), set()).add(verb)
    assert found == expected


def test_t05_views_ask_the_policies_of_whoever_reads_them(catalogue):
    found = rows(
        catalogue,
        "SELECT relname, 'security_invoker=true' = ANY (reloptions) FROM pg_class "
        "WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace",
    )
    assert dict(found) == dict.fromkeys(VIEWS, True)


def test_t05_nobody_else_may_touch_a_table(catalogue):
    strangers = rows(
        catalogue,
        "SELECT DISTINCT grantee FROM information_schema.table_privileges WHERE table_schema = 'public'",
    )
    assert {name for (name,) in strangers} <= {*ROLES, "cunxuan_owner", "cunxuan_gatekeeper"}


def test_t05_partitions_are_closed(catalogue):
    granted = rows(
        catalogue,
        "SELECT c.relname, p.grantee FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "JOIN information_schema.table_privileges p ON p.table_name = c.relname WHERE p.grantee = ANY(%s)",
        list(ROLES),
    )
    assert granted == []


def test_t05_views_run_as_their_caller(catalogue):
    views = rows(
        catalogue,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm' OR (relkind = 'v' "
        "AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}')) "
        "AND relname NOT LIKE 'pg_stat%%'",
    )
    assert views == []


def test_t05_definer_functions_belong_to_the_gatekeeper_and_pin_their_search_path(catalogue):
    odd = rows(
        catalogue,
        """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
             AND (proowner <> CASE WHEN proname = ANY(%s) THEN 'cunxuan_owner' ELSE 'cunxuan_gatekeeper' END::regrole
                  OR NOT EXISTS (
                  SELECT 1 FROM unnest(proconfig) c WHERE c LIKE 'search_path=%%pg_temp'))""",
        list(OWNER_FUNCTIONS),
    )
    assert odd == []


def test_t05_functions_are_closed_to_the_public(catalogue):
    open_to_all = rows(
        catalogue,
        """SELECT p.proname FROM pg_proc p WHERE p.proowner = 'cunxuan_gatekeeper'::regrole AND p.prosecdef
             AND has_function_privilege('cunxuan_sealer', p.oid, 'EXECUTE')
             AND p.proname NOT LIKE 'audit_%%'""",
    )
    assert open_to_all == []


def test_t05_roles_have_no_way_round(catalogue):
    found = rows(
        catalogue,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'cunxuan%%' AND (rolsuper OR rolbypassrls OR rolcreaterole "
        "OR rolreplication)",
    )
    assert found == []
    owned = rows(
        catalogue,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner IN "
        "(SELECT oid FROM pg_roles WHERE rolname = ANY(%s))",
        list(ROLES),
    )
    assert owned == []
    (gatekeeper,) = rows(catalogue, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'cunxuan_gatekeeper'")
    assert gatekeeper == (False,)


def test_t05_applying_protection_again_changes_nothing(committed):
    def state():
        connection = superuser()
        try:
            with connection.cursor() as cursor:
                return (
                    rows(
                        cursor,
                        "SELECT tablename, policyname, roles, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
                    ),
                    rows(
                        cursor,
                        "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger "
                        "WHERE NOT tgisinternal ORDER BY 1, 2",
                    ),
                )
        finally:
            connection.close()

    before = state()
    with transaction.atomic(using="owner"):
        apply_protection(connections["owner"])
    assert state() == before


def test_t05_negative_control_a_granted_update_is_caught(committed):
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute("GRANT DELETE ON accounts_assignment TO cunxuan_web")
            with pytest.raises(AssertionError):
                test_t05_grants_are_those_declared(cursor)
            cursor.execute("REVOKE DELETE ON accounts_assignment FROM cunxuan_web")
    finally:
        connection.close()
