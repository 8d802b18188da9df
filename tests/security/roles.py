"""Connections as the database roles themselves, without the application between."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.conf import settings
from django.db import connections

from config.databases import parse_url, role_password

APPLICATION_ROLES = ("cunxuan_web", "cunxuan_worker", "cunxuan_login")


@contextmanager
def connected_as(role: str) -> Iterator:
    """A cursor of `role` on the test database, in one transaction that is rolled back."""
    server = parse_url(settings.DATABASE_URL)
    connection = psycopg2.connect(
        host=server["HOST"],
        port=server["PORT"],
        dbname=connections["owner"].settings_dict["NAME"],
        user=role,
        password=role_password(settings.SECRET_KEY, role),
    )
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.rollback()
        connection.close()


def tables(cursor) -> list[str]:
    """Every table and partition of the schema, from the catalogue."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
    )
    return [name for (name,) in cursor.fetchall()]
