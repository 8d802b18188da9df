"""Create the database roles and the database: run once per server, and again after SECRET_KEY has changed."""

from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from psycopg2 import sql

from config import databases as roles

LOGIN_ROLES = (roles.OWNER, roles.WEB, roles.WORKER, roles.LOGIN, roles.AUDITOR, roles.SEALER, roles.BACKUP)


class Command(BaseCommand):
    help = "在 PostgreSQL 上建立数据库角色和数据库(可重复执行)"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--test", action="store_true", help="允许 owner 建立测试数据库")
        parser.add_argument("--print-sql", action="store_true", help="只打印给数据库管理员的 SQL")

    def handle(self, *args: Any, **options: Any) -> None:
        server = roles.parse_url(settings.DATABASE_URL)
        if options["print_sql"]:
            self.stdout.write(
                "\n".join(f"{line};" for line in role_statements(test=options["test"], masked=True))
            )
            self.stdout.write(
                f'CREATE DATABASE "{server["NAME"]}" OWNER {roles.OWNER} ENCODING UTF8 TEMPLATE template0;'
            )
            return
        connection = _connect(server, "postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT rolcreaterole OR rolsuper, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                )
                if cursor.fetchone() != (True, True):
                    raise CommandError(
                        "DATABASE_URL 的角色不能建立角色或数据库。请数据库管理员执行 "
                        "`manage.py prepare_database --print-sql` 打印的语句。"
                    )
                for statement in role_statements(test=options["test"], version=connection.server_version):
                    cursor.execute(statement)
                _create_database(cursor, server["NAME"])
        finally:
            connection.close()
        connection = _connect(server, server["NAME"])
        try:
            with connection.cursor() as cursor:
                for statement in DATABASE_STATEMENTS:
                    cursor.execute(statement)
        finally:
            connection.close()


DATABASE_STATEMENTS = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    f"GRANT ALL ON SCHEMA public TO {roles.OWNER} WITH GRANT OPTION",
)


def role_statements(*, test: bool, version: int = 160_000, masked: bool = False) -> list[str]:
    """SQL that makes every role, idempotently; passwords are left out of what is printed."""
    made = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') "
        f"THEN CREATE ROLE {role}; END IF; END $$"
        for role in (*LOGIN_ROLES, roles.GATEKEEPER)
    ]
    for role in LOGIN_ROLES:
        password = "…" if masked else roles.role_password(settings.SECRET_KEY, role)
        createdb = "CREATEDB" if test and role == roles.OWNER else "NOCREATEDB"
        made.append(f"ALTER ROLE {role} LOGIN {createdb} PASSWORD '{password}'")
    made.append(f"ALTER ROLE {roles.GATEKEEPER} NOLOGIN")
    # The owner creates the gatekeeper's functions but does not read what only they may read (PostgreSQL 16 on;
    # before, membership cannot be had without inheritance, and the owner is kept out by not logging in).
    without = " WITH INHERIT FALSE, SET TRUE" if version >= 160_000 else ""
    made.append(f"GRANT {roles.GATEKEEPER} TO {roles.OWNER}{without}")
    made.append(f"GRANT {roles.OWNER} TO CURRENT_USER")
    return made


def _connect(server: dict[str, str], name: str) -> Any:
    try:
        connection = psycopg2.connect(
            host=server["HOST"],
            port=server["PORT"],
            dbname=name,
            user=server["USER"],
            password=server["PASSWORD"],
        )
    except psycopg2.OperationalError as error:
        raise CommandError(f"连不上 PostgreSQL({server['HOST']}:{server['PORT']})：{error}") from None
    connection.autocommit = True
    return connection


def _create_database(cursor: Any, name: str) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    if cursor.fetchone() is None:
        cursor.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(roles.OWNER)
            )
        )
