"""The application over running servers: its secret, its database, its demo city, its first administrator."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg2

from config.databases import OWNER, parse_url, role_password
from config.launcher import console, processes, services
from config.launcher.errors import LaunchError
from config.launcher.preflight import ROOT

HOW_TO_LOAD_AREAS = (
    "还没有区划，装入本市（例：金华 3307）· no areas yet, load those of your city:\n"
    "  python3 run.py manage load_divisions --city 3307"
)
APPS = ("accounts", "elections", "candidates", "risk", "supervision", "reports")
# Where the servers of the running run.py listen, for `run.py demo` and `run.py manage`; gone when it stops.
SERVERS = "servers.env"
DEMO = ("--city", "3307", "--days", "30", "--seed", "1")


def environment(folder: Path, servers: Mapping[str, str]) -> dict[str, str]:
    """What every process of the application gets: the servers, the data directory, the kept secret key."""
    return {
        "SECRET_KEY": secret_key(folder),
        **os.environ,
        **servers,
        "CUNXUAN_DATA": str(folder),
        "PYTHONUNBUFFERED": "1",
    }


def tell_servers(env: Mapping[str, str], folder: Path) -> None:
    """Leave the addresses of both servers, passwords included, to the owner of the data directory."""
    kept = folder / SERVERS
    kept.unlink(missing_ok=True)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{key}={env[key]}\n" for key in ("DATABASE_URL", "REDIS_URL"))


def running_servers(folder: Path) -> dict[str, str]:
    """The servers of the run.py that holds the data directory; empty while it has not got that far."""
    kept = folder / SERVERS
    if not kept.exists():
        return {}
    return dict(line.split("=", 1) for line in kept.read_text().splitlines())


def secret_key(folder: Path) -> str:
    """The secret key of this data directory, made once and readable by its owner alone."""
    kept = folder / "secret_key"
    if not kept.exists():
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return kept.read_text()


def manage(
    arguments: list[str], env: Mapping[str, str], log: Path | None = None, shown: int = 12, exit_code: int = 1
) -> None:
    """Run one command of manage.py; with `log` its output goes there, and of a failure the last lines `shown`."""
    output = log.open("w") if log else None
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=dict(env), check=False,
            stdout=output, stderr=subprocess.STDOUT if output else None,
            preexec_fn=processes.ends_with_parent(signal.SIGTERM),
        )  # fmt: skip
    finally:
        if output:
            output.close()
    if done.returncode:
        said = log.read_text(errors="replace").strip().splitlines()[-shown:] if log else []
        raise LaunchError(
            "\n".join([*said, f"manage.py {arguments[0]} 没有成功（见上）。"]),
            f"manage.py {arguments[0]} failed, see above." + (f" Log: {log}" if log else ""),
            exit_code,
        )


def owner_rows(env: Mapping[str, str], query: str) -> list[tuple[Any, ...]] | None:
    """Rows of a query as the owner of the tables; None when database or table do not exist yet."""
    server = parse_url(env["DATABASE_URL"])
    try:
        connection = psycopg2.connect(
            host=server["HOST"], port=server["PORT"], dbname=server["NAME"], user=OWNER,
            password=role_password(env["SECRET_KEY"], OWNER), connect_timeout=5,
        )  # fmt: skip
    except psycopg2.OperationalError:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    except psycopg2.errors.UndefinedTable:
        return None
    finally:
        connection.close()


def known_migrations() -> set[tuple[str, str]]:
    """(app, name) of every migration in this copy of the program."""
    return {(app, file.stem) for app in APPS for file in (ROOT / app / "migrations").glob("[0-9]*.py")}


def is_migrated(env: Mapping[str, str]) -> bool:
    """Whether the database holds exactly the migrations of this copy of the program."""
    applied = owner_rows(env, "SELECT app, name FROM django_migrations") or []
    return {(app, name) for app, name in applied if app in APPS} == known_migrations()


def refuse_newer_schema(env: Mapping[str, str]) -> None:
    """Raise when the database holds migrations this version of the program does not know."""
    applied = owner_rows(env, "SELECT app, name FROM django_migrations") or []
    unknown = sorted({(app, name) for app, name in applied if app in APPS} - known_migrations())
    if unknown:
        names = "、".join(f"{app}.{name}" for app, name in unknown[:3])
        raise LaunchError(
            f"数据由更新版本的程序写成（多出 {names}），请升级程序后再启动，或换一个数据目录。",
            "This data was written by a newer version of the program: upgrade it or use another directory.",
            exit_code=3,
        )


def prepare_database(env: Mapping[str, str], folder: Path) -> None:
    """Roles, database, schema, policies; refuses data of a newer version."""
    log = folder / "logs" / "setup.log"
    with console.step("准备数据库 · preparing the database"):
        manage(["prepare_database"], env, log, shown=100, exit_code=services.GIVEN_SERVER)
    refuse_newer_schema(env)
    with console.step("升级表结构 · migrating"):
        manage(["migrate", "--no-input"], env, log)


def load_first_data(env: Mapping[str, str], folder: Path, *, demo: bool) -> None:
    """On the first start: the demo city, or the first administrator. An interrupted demo is done again.

    The demo never goes into an installation that has accounts or areas of its own.
    """
    unfinished = folder / "first-start"
    has_areas, has_users = (
        bool((owner_rows(env, f"SELECT EXISTS (SELECT 1 FROM {table})") or [(False,)])[0][0])  # noqa: S608
        for table in ("accounts_area", "accounts_user")
    )
    if not demo:
        unfinished.unlink(missing_ok=True)
        if not has_users:
            manage(["create_first_admin"], env)
        if not has_areas:
            console.say(HOW_TO_LOAD_AREAS)
        return
    if has_users or (has_areas and not unfinished.exists()):
        return
    unfinished.touch()
    load_demo(env, DEMO)
    unfinished.unlink()


def load_demo(env: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    """Areas of the city, then its demo; both show their own progress and may be repeated."""
    city = arguments[arguments.index("--city") + 1]
    with console.step(f"载入区划 {city} · loading the areas"):
        manage(["load_divisions", "--city", city, "--zones"], env)
    with console.step("载入演示数据 · loading the demo"):
        manage(["load_demo", *arguments], env)
