"""Create the database roles and the database: run once per server, and again after SECRET_KEY has changed."""

from contextlib import closing
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from psycopg2 import sql

from config import databases as roles

LOGIN_ROLES = (roles.OWNER, roles.WEB, roles.WORKER, roles.LOGIN, roles.AUDITOR, roles.SEALER, roles.BACKUP)
OLDEST_MAJOR = 15
# With plain C the trigrams of Chinese text vanish silently.
LOCALE = "C.UTF-8"


class Command(BaseCommand):
    help = "在 PostgreSQL 上建立数据库角色和数据库(可重复执行)"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--test", action="store_true", help="允许 owner 建立测试数据库")
        parser.add_argument("--print-sql", action="store_true", help="只打印给数据库管理员的 SQL")

    def handle(self, *args: Any, **options: Any) -> None:
        server = roles.parse_url(settings.DATABASE_URL)
        if options["print_sql"]:
            self.stdout.write(script_for_administrator(server["NAME"], test=options["test"]))
            return
        refused = self._prepare(server, test=options["test"])
        if refused and not is_prepared(server):
            raise CommandError(
                f"\n{script_for_administrator(server['NAME'], test=options['test'])}\n\n{refused}"
            )
        self._check(server)

    def _prepare(self, server: dict[str, str], *, test: bool) -> str:
        """Make roles and database; returns why this role may not, empty when it could."""
        try:
            with closing(_connect(server, "postgres")) as connection, connection.cursor() as cursor:
                _refuse_old_server(connection.server_version)
                cursor.execute(
                    "SELECT rolcreaterole OR rolsuper, rolcreatedb OR rolsuper FROM pg_roles "
                    "WHERE rolname = current_user"
                )
                if cursor.fetchone() != (True, True):
                    return _not_allowed(server["USER"])
                # Two at once would change the same roles; the lock goes with the connection.
                cursor.execute("SELECT pg_advisory_lock(hashtextextended('cunxuan prepare_database', 0))")
                for statement in role_statements(test=test, version=connection.server_version):
                    cursor.execute(statement)
                _create_database(cursor, server["NAME"])
            with closing(_connect(server, server["NAME"])) as connection, connection.cursor() as cursor:
                for statement in DATABASE_STATEMENTS:
                    cursor.execute(statement)
        except psycopg2.errors.InsufficientPrivilege as error:
            return f"{_not_allowed(server['USER'])}\n{error}".rstrip()
        except psycopg2.OperationalError as error:
            if is_prepared(server):
                return ""
            raise CommandError(
                f"连不上 PostgreSQL（{server['HOST']}:{server['PORT']}），请检查 DATABASE_URL：{error}".rstrip()
                + f"\nPostgreSQL at {server['HOST']}:{server['PORT']} does not answer: check DATABASE_URL."
            ) from None
        return ""

    def _check(self, server: dict[str, str]) -> None:
        """Refuse a database in which Chinese search would find nothing. The check leaves no trace."""
        with closing(_as_role(server, roles.OWNER)) as connection, connection.cursor() as cursor:
            _refuse_old_server(connection.server_version)
            try:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            except psycopg2.Error as error:
                raise CommandError(
                    f"数据库不能建立扩展 pg_trgm（须装 PostgreSQL 的 contrib 模块）：{error}".rstrip()
                    + "\nThe extension pg_trgm cannot be created: install PostgreSQL's contrib modules."
                ) from None
            cursor.execute("SELECT cardinality(show_trgm('北京市教育局'))")
            if cursor.fetchone() == (0,):
                raise CommandError(
                    f"数据库 {server['NAME']} 的区域设置不支持中文检索（show_trgm 为空），请以 {LOCALE} 或 "
                    "zh_CN.UTF-8 重建。\n"
                    f"The locale of the database {server['NAME']} finds no Chinese trigrams: create it anew with "
                    f"{LOCALE} or zh_CN.UTF-8."
                )


DATABASE_STATEMENTS = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    f"GRANT ALL ON SCHEMA public TO {roles.OWNER} WITH GRANT OPTION",
)


def role_statements(*, test: bool, version: int = 160_000) -> list[str]:
    """SQL that makes every role, idempotently; of the passwords it holds only what the server keeps of them."""
    made = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') "
        f"THEN CREATE ROLE {role}; END IF; END $$"
        for role in (*LOGIN_ROLES, roles.GATEKEEPER)
    ]
    for role in LOGIN_ROLES:
        createdb = "CREATEDB" if test and role == roles.OWNER else "NOCREATEDB"
        verifier = roles.role_verifier(settings.SECRET_KEY, role)
        made.append(f"ALTER ROLE {role} LOGIN {createdb} PASSWORD '{verifier}'")
    made.append(f"ALTER ROLE {roles.GATEKEEPER} NOLOGIN")
    # The owner creates the gatekeeper's functions but does not read what only they may read (PostgreSQL 16 on;
    # before, membership cannot be had without inheritance, and the owner is kept out by not logging in).
    without = " WITH INHERIT FALSE, SET TRUE" if version >= 160_000 else ""
    made.append(f"GRANT {roles.GATEKEEPER} TO {roles.OWNER}{without}")
    made.append(f"GRANT {roles.OWNER} TO CURRENT_USER")
    return made


def script_for_administrator(name: str, *, test: bool) -> str:
    """What a superuser runs in psql where the role of DATABASE_URL may not: roles, database, its schema."""
    version = _server_version()
    lines = [
        *role_statements(test=test, version=version)[:-1],  # whoever runs this is a superuser: no membership
        f"CREATE DATABASE \"{name}\" OWNER {roles.OWNER} ENCODING 'UTF8' LOCALE '{LOCALE}' TEMPLATE template0",
    ]
    head = "-- 数据库管理员在 psql 中执行；不含密码 · for the database administrator, to run in psql; holds no password"
    inside = "\n".join(f"{line};" for line in DATABASE_STATEMENTS)
    return f"{head}\n" + "\n".join(f"{line};" for line in lines) + f'\n\\connect "{name}"\n{inside}'


def _server_version() -> int:
    """Version of the server of DATABASE_URL; a current one's while it does not answer."""
    server = roles.parse_url(settings.DATABASE_URL)
    for name in ("postgres", server["NAME"]):
        try:
            with closing(_connect(server, name)) as connection:
                return int(connection.server_version)
        except psycopg2.OperationalError:
            continue
    return 160_000


def is_prepared(server: dict[str, str]) -> bool:
    """True when every role signs in to the database and the owner may do its work there."""
    try:
        for role in LOGIN_ROLES:
            with closing(_as_role(server, role)) as connection, connection.cursor() as cursor:
                if role == roles.OWNER:
                    cursor.execute(
                        "SELECT has_schema_privilege('public', 'CREATE WITH GRANT OPTION')"
                        " AND has_database_privilege(current_database(), 'CREATE')"
                        " AND pg_has_role(to_regrole(%s), 'MEMBER')"
                        " AND NOT has_schema_privilege(to_regrole(%s), 'public', 'CREATE')",
                        [roles.GATEKEEPER, roles.WEB],
                    )
                    if cursor.fetchone() != (True,):
                        return False
    except psycopg2.OperationalError:
        return False
    return True


def _not_allowed(user: str) -> str:
    return (
        f"DATABASE_URL 的角色 {user} 不能建立角色或数据库。请数据库管理员在 psql 中执行上面的 SQL，然后再启动。\n"
        f"The role {user} of DATABASE_URL may not create roles or databases: have the database administrator "
        "run the SQL above in psql, then start again."
    )


def _refuse_old_server(version: int) -> None:
    if version < OLDEST_MAJOR * 10_000:
        raise CommandError(
            f"需要 PostgreSQL {OLDEST_MAJOR} 或更新版本，DATABASE_URL 的服务器是 {version // 10_000}。\n"
            f"PostgreSQL {OLDEST_MAJOR} or newer is needed, the server of DATABASE_URL is {version // 10_000}."
        )


def _connect(server: dict[str, str], name: str) -> Any:
    connection = psycopg2.connect(
        host=server["HOST"], port=server["PORT"], dbname=name, user=server["USER"],
        password=server["PASSWORD"], connect_timeout=10,
    )  # fmt: skip
    connection.autocommit = True
    return connection


def _as_role(server: dict[str, str], role: str) -> Any:
    """A connection of one of our own roles; it commits nothing unless told to."""
    return psycopg2.connect(
        host=server["HOST"], port=server["PORT"], dbname=server["NAME"], user=role,
        password=roles.role_password(settings.SECRET_KEY, role), connect_timeout=10,
    )  # fmt: skip


def _create_database(cursor: Any, name: str) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    if cursor.fetchone() is None:
        cursor.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LOCALE {} TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(roles.OWNER), sql.Literal(LOCALE)
            )
        )
