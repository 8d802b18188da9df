"""The committed state of the whole test database, to put back after a test that commits."""

from __future__ import annotations

import io
from dataclasses import dataclass

import psycopg2
from django.conf import settings
from django.db import connections

from config.databases import parse_url

KEPT = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


def superuser(port: str = ""):
    """A connection of the role in DATABASE_URL to the test database; what tests may do, no application role can."""
    server = parse_url(settings.DATABASE_URL)
    connection = psycopg2.connect(
        host=server["HOST"],
        port=port or server["PORT"],
        dbname=connections["owner"].settings_dict["NAME"],
        user=server["USER"],
        password=server["PASSWORD"],
    )
    connection.autocommit = True
    return connection


@dataclass
class Snapshot:
    tables: dict[str, bytes]
    prints: dict[str, str]

    @classmethod
    def take(cls) -> Snapshot:
        connection = superuser()
        try:
            with connection.cursor() as cursor:
                names = _tables(cursor)
                contents = {}
                for name in names:
                    buffer = io.BytesIO()
                    cursor.copy_expert(f'COPY "{name}" TO STDOUT', buffer)
                    contents[name] = buffer.getvalue()
                return cls(contents, _prints(cursor, names))
        finally:
            connection.close()

    def restore(self) -> None:
        """Put back every table whose rows differ; triggers and foreign keys are off meanwhile."""
        connection = superuser()
        try:
            with connection.cursor() as cursor:
                now = _prints(cursor, _tables(cursor))
                changed = [name for name in now if now[name] != self.prints.get(name)]
                if not changed:
                    return
                cursor.execute("SET session_replication_role = replica")
                for name in changed:
                    cursor.execute(f'DELETE FROM "{name}"')
                    if name in self.tables:
                        cursor.copy_expert(f'COPY "{name}" FROM STDIN', io.BytesIO(self.tables[name]))
        finally:
            connection.close()


def _tables(cursor) -> list[str]:
    """Plain tables and partitions (a partitioned parent holds no rows of its own)."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
    )
    return [name for (name,) in cursor.fetchall() if name not in KEPT]


def _prints(cursor, names: list[str]) -> dict[str, str]:
    """One fingerprint a table: the number of rows and the sum of their hashes."""
    if not names:
        return {}
    parts = [
        f"SELECT '{name}', count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM \"{name}\" t"
        for name in names
    ]
    cursor.execute(" UNION ALL ".join(parts))
    return dict(cursor.fetchall())
