"""The tables of the daily report as the database has them."""

from django.db import connections


def rows(sql: str) -> list[tuple]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_figures_are_partitioned_by_month_and_every_key_holds_the_date(committed):
    assert rows(
        "SELECT partstrat FROM pg_partitioned_table WHERE partrelid = 'reports_dailyfigure'::regclass"
    ) == [("r",)]
    keys = rows(
        "SELECT i.indexrelid::regclass::text, 'date' = ANY (array_agg(a.attname::text)) FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
        "WHERE i.indrelid = 'reports_dailyfigure'::regclass AND i.indisunique GROUP BY 1"
    )
    assert [holds for _, holds in keys] == [True]


def test_a_partition_is_made_once_and_closed_to_every_application_role(committed):
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT daily_figure_partition('2031-02-10'), daily_figure_partition('2031-02-28')")
        assert cursor.fetchone() == (True, False)
    found = rows(
        "SELECT relrowsecurity, relforcerowsecurity, "
        "has_table_privilege('cunxuan_web', oid, 'SELECT, INSERT'), "
        "has_table_privilege('cunxuan_worker', oid, 'SELECT, INSERT') FROM pg_class "
        "WHERE relname = 'reports_dailyfigure_203102'"
    )
    assert found == [(True, True, False, False)]
    foreign_keys = rows(
        "SELECT count(*) FROM pg_constraint "
        "WHERE conrelid = 'reports_dailyfigure_203102'::regclass AND contype = 'f'"
    )
    assert foreign_keys == [(4,)]
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE reports_dailyfigure_203102")
