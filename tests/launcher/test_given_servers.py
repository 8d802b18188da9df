"""DATABASE_URL and REDIS_URL: what is refused, with which words, and what a database administrator is given."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from accounts.management.commands.prepare_database import is_prepared, script_for_administrator
from config.databases import OWNER, parse_url, role_password, role_verifier
from config.launcher import processes
from config.launcher.preflight import ROOT
from tests.launcher.conftest import surroundings

NAME = "cunxuan_given"
PASSWORD = "given-password-26"


class Given:
    """The tests' own server as one that somebody else runs: a superuser, and a role that may do little."""

    def __init__(self) -> None:
        self.server = parse_url(django_settings.DATABASE_URL)

    def run(self, *statements: str, name: str = "postgres") -> None:
        with closing(
            psycopg2.connect(
                host=self.server["HOST"], port=self.server["PORT"], dbname=name, user=self.server["USER"],
                password=self.server["PASSWORD"],
            )
        ) as connection:  # fmt: skip
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def url(self, user: str, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@{self.server['HOST']}:{self.server['PORT']}/{NAME}"


@pytest.fixture
def given(django_db_setup: None, settings: Any) -> Iterator[Given]:
    it = Given()
    for role, rights in (("plain", ""), ("maker", "CREATEROLE CREATEDB")):
        it.run(f"CREATE ROLE {role} LOGIN {rights} PASSWORD '{PASSWORD}'")
    yield it
    it.run(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", "DROP ROLE plain", "DROP ROLE maker")


def prepare() -> str:
    """What the command complains of, empty when it does not."""
    try:
        call_command("prepare_database")
    except CommandError as error:
        return str(error)
    return ""


def administrator_runs(given: Given, script: str) -> None:
    """psql's reading of the script: statements end with a semicolon at the end of a line."""
    before, inside = script.split(f'\\connect "{NAME}"\n')
    given.run(*re.split(r";\n", before.split("\n", 1)[1].strip(";\n")))
    given.run(*re.split(r";\n", inside.strip(";\n")), name=NAME)


def test_role_without_rights_gets_the_sql_and_goes_on_after_it_was_run(given: Given, settings: Any) -> None:
    settings.DATABASE_URL = given.url("plain")
    script = script_for_administrator(NAME, test=False)
    assert prepare() == (
        f"\n{script}\n\n"
        "DATABASE_URL 的角色 plain 不能建立角色或数据库。请数据库管理员在 psql 中执行上面的 SQL，然后再启动。\n"
        "The role plain of DATABASE_URL may not create roles or databases: have the database administrator "
        "run the SQL above in psql, then start again."
    )
    assert role_password(settings.SECRET_KEY, OWNER) not in script
    administrator_runs(given, script)
    assert is_prepared(parse_url(settings.DATABASE_URL))
    assert prepare() == ""


def test_a_half_prepared_database_is_not_taken_for_done(given: Given, settings: Any) -> None:
    """The roles are there, the database is somebody else's."""
    settings.DATABASE_URL = given.url("plain")
    given.run(f"CREATE DATABASE {NAME}")
    assert not is_prepared(parse_url(settings.DATABASE_URL))
    assert prepare().endswith("then start again.")


def test_locale_of_a_given_database(given: Given, settings: Any) -> None:
    given.run(f"CREATE DATABASE {NAME} OWNER {OWNER} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0")
    settings.DATABASE_URL = given.url(given.server["USER"], given.server["PASSWORD"])
    assert prepare().splitlines() == [
        f"数据库 {NAME} 的区域设置不支持中文检索（show_trgm 为空），请以 C.UTF-8 或 zh_CN.UTF-8 重建。",
        f"The locale of the database {NAME} finds no Chinese trigrams: create it anew with "
        "C.UTF-8 or zh_CN.UTF-8.",
    ]


def test_wrong_password(given: Given, settings: Any) -> None:
    settings.DATABASE_URL = given.url("maker", "wrong")
    said = prepare().splitlines()
    assert said[0].startswith("连不上 PostgreSQL（127.0.0.1:")
    assert 'password authentication failed for user "maker"' in said[0]
    assert said[-1].endswith("does not answer: check DATABASE_URL.")


def test_verifier_is_what_postgresql_makes_of_the_password(given: Given, settings: Any) -> None:
    """With the verifier in place of the password the role signs in; with another password it does not."""
    given.run(f"ALTER ROLE maker PASSWORD '{role_verifier('some secret', 'maker')}'")
    address = {key: given.server[key.upper()] for key in ("host", "port")}
    right = role_password("some secret", "maker")
    psycopg2.connect(dbname="postgres", user="maker", password=right, **address).close()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(dbname="postgres", user="maker", password=PASSWORD, **address)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"DATABASE_URL": "mysql://root@127.0.0.1/x"},
         ["DATABASE_URL 应以 postgresql:// 开头。", "DATABASE_URL must begin with postgresql://."]),
        ({"DATABASE_URL": "postgresql://a@127.0.0.1:9/x", "REDIS_URL": "http://127.0.0.1/"},
         ["REDIS_URL 应以 redis:// 开头。", "REDIS_URL must begin with redis://."]),
        ({"DATABASE_URL": "postgresql://a@127.0.0.1:9/x", "REDIS_URL": "redis://127.0.0.1:9/0"},
         ["连不上 REDIS_URL 的服务器：Error 111 connecting to 127.0.0.1:9. Connection refused.",
          "The server of REDIS_URL does not answer: Error 111 connecting to 127.0.0.1:9. Connection refused."]),
    ],
    ids=["database scheme", "queue scheme", "queue silent"],
)  # fmt: skip
def test_addresses_that_cannot_be_used(tmp_path: Path, address: dict[str, str], said: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.launcher", "run", "--port", str(processes.free_port())], cwd=ROOT,
        env={**surroundings(tmp_path / "data"), **address}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()) == (8, said)
