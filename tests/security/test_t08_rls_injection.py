"""T08: what raw SQL can do that an injection would run as `cunxuan_web` under a township's token."""

import re

import psycopg2
import pytest

from accounts.scope.entry import issue
from tests.security.roles import connected_as
from tests.snapshot import superuser

FOREIGN = "990201101201"
# The list of areas is public; where PostgreSQL was built with XML, the whole database comes back with it.
OPEN_TO_ALL = re.compile(r"<accounts_area>.*</accounts_area>")

# Each must give neither a foreign row nor a privilege. {table} names a tenant table.
PAYLOADS = [
    "SELECT * FROM elections_org WHERE unit_path LIKE '99/9902/%'",
    "SELECT * FROM elections_org WHERE true OR 1 = 1",
    "SELECT * FROM ONLY elections_org",
    "SELECT * FROM elections_org UNION ALL SELECT * FROM elections_org",
    "TABLE elections_org",
    "WITH a AS (SELECT * FROM elections_org) SELECT * FROM a",
    "SELECT (SELECT string_agg(unit_path, ',') FROM elections_org)",
    "SELECT * FROM elections_org FOR UPDATE",
    "SELECT * FROM elections_org TABLESAMPLE BERNOULLI (100)",
    "SELECT set_config('app.scope_token', '', true), (SELECT count(*) FROM elections_org)",
    "SELECT set_config('app.scope_token', 'guess', true), (SELECT string_agg(unit_path, ',') FROM elections_org)",
    "SET LOCAL app.scope_token = 'x'; SELECT * FROM elections_org",
    "SET app.unit_path = '99/'; SELECT * FROM elections_org",
    "SELECT set_config('app.path', '99/', false); SELECT * FROM elections_org",
    "SET ROLE cunxuan_owner; SELECT * FROM elections_org",
    "SET ROLE cunxuan_gatekeeper; SELECT * FROM elections_org",
    "SET ROLE cunxuan_worker; SELECT * FROM elections_org",
    "SET ROLE postgres; SELECT * FROM elections_org",
    "SET SESSION AUTHORIZATION cunxuan_owner; SELECT * FROM elections_org",
    "RESET ROLE; SELECT * FROM elections_org",
    "SET row_security = off; SELECT * FROM elections_org",
    "SET LOCAL row_security TO off; TABLE elections_org",
    "ALTER TABLE elections_org DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE elections_org NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY scope_read ON elections_org",
    "CREATE POLICY mine ON elections_org USING (true)",
    "ALTER ROLE cunxuan_web BYPASSRLS",
    "ALTER ROLE cunxuan_web SUPERUSER",
    "GRANT cunxuan_owner TO cunxuan_web",
    "GRANT ALL ON elections_org TO PUBLIC",
    "CREATE ROLE intruder SUPERUSER",
    "SELECT * FROM accounts_scopetoken",
    "INSERT INTO accounts_scopetoken (token_hash, assignment_id, system_scope, holder, expires_at, created_at) "
    "VALUES ('x', NULL, 'rollup', 'x', now() + interval '1 day', now())",
    "UPDATE accounts_scopetoken SET assignment_id = NULL",
    "SELECT * FROM accounts_systemscope",
    "SELECT scope_row()",
    "SELECT scope_issue('x', 'x', 1, 12)",
    "SELECT scope_issue_system('rollup', 'x')",
    "SELECT scope_enter_system('rollup')",
    "SELECT scope_revoke('x')",
    "SELECT * FROM accounts_user",
    "SELECT password FROM accounts_user",
    "SELECT * FROM accounts_auditact",
    "DELETE FROM accounts_auditchain",
    "UPDATE accounts_assignment SET role = 'admin'",
    "UPDATE accounts_assignment SET area_id = NULL, unit_path = ''",
    "INSERT INTO accounts_assignment SELECT * FROM accounts_assignment",
    "UPDATE accounts_area SET path = '99/'",
    "SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'elections_org'",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_authid",
    "SELECT rolpassword FROM pg_shadow",
    "COPY elections_org TO STDOUT",
    "COPY elections_org TO '/tmp/x'",
    "COPY elections_org TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('pg_hba.conf')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/x')",
    "CREATE FUNCTION peek() RETURNS SETOF elections_org LANGUAGE sql SECURITY DEFINER AS 'TABLE elections_org'",
    "CREATE VIEW peek AS TABLE elections_org",
    "CREATE TABLE stolen AS TABLE elections_org",
    "CREATE TEMP TABLE stolen AS TABLE elections_org; TABLE stolen",
    "DO $$ BEGIN SET LOCAL ROLE cunxuan_owner; END $$; TABLE elections_org",
    "SELECT * FROM dblink('dbname=postgres', 'TABLE elections_org') AS t(a text)",
    "SELECT query_to_xml('TABLE elections_org', true, false, '')",
    "SELECT table_to_xml('elections_org', true, false, '')",
    "SELECT database_to_xml(true, false, '')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'cunxuan_owner'",
    "TRUNCATE elections_org",
    "LOCK TABLE elections_org IN ACCESS EXCLUSIVE MODE",
    "DECLARE peek CURSOR FOR TABLE elections_org; FETCH ALL FROM peek",
    "PREPARE peek AS TABLE elections_org; EXECUTE peek",
    "EXPLAIN ANALYZE TABLE elections_org",
]


def answer(cursor, payload: str) -> str:
    """All text that a payload brings back, or '' when it is refused."""
    cursor.execute("SAVEPOINT attempt")
    text = ""
    try:
        cursor.execute(payload)
        text = OPEN_TO_ALL.sub("", str(cursor.fetchall())) if cursor.description else ""
    except psycopg2.Error:
        pass
    cursor.execute("ROLLBACK TO SAVEPOINT attempt")
    return text


def test_t08_rls_injection(committed, cast):
    """60 payloads and more: no foreign row, no hash of a password, no privilege gained."""
    token = issue("injection", cast.town.pk)
    leaks = {}
    with connected_as("cunxuan_web") as cursor:
        for payload in PAYLOADS:
            cursor.execute("SELECT set_config('app.scope_token', %s, true)", [token])
            text = answer(cursor, payload)
            if FOREIGN in text or "9902/" in text or "argon2" in text or "uid=" in text:
                leaks[payload] = text[:200]
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("cunxuan_web", False, False)
        cursor.execute("SELECT array_agg(area_id ORDER BY area_id) FROM elections_org")
        assert len(cursor.fetchone()[0]) == 3
    assert leaks == {}
    assert len(PAYLOADS) >= 60


def test_t08_negative_control_a_plain_variable_leaks(committed):
    """Had the policy trusted a variable, one statement would choose any township."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE plain (path text); INSERT INTO plain VALUES ('99/9901/'), ('99/9902/');"
                "ALTER TABLE plain ENABLE ROW LEVEL SECURITY; GRANT SELECT ON plain TO cunxuan_web;"
                "CREATE POLICY p ON plain USING (starts_with(path, current_setting('app.path', true)))"
            )
            with connected_as("cunxuan_web") as web:
                web.execute("SELECT set_config('app.path', '99/9902/', true)")
                web.execute("SELECT path FROM plain")
                leaked = web.fetchall()
            cursor.execute("DROP TABLE plain")
    finally:
        connection.close()
    assert leaked == [("99/9902/",)]


@pytest.mark.parametrize("role", ["cunxuan_web", "cunxuan_login"])
def test_t08_only_the_worker_enters_a_system_scope(db, role):
    with connected_as(role) as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("SELECT scope_enter_system('rollup')")
