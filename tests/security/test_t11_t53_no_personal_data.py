"""T11: no screen, list, file or API answer shows a masked value to any role, except where it is revealed.
T53: and none lies beside: not in a log line, a row, a job, a cached page, an uploaded or written file.

Every account of the cast has a telephone number of its own form; every route is asked by every role.
"""

import io
import logging
import re
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache

from accounts.choices import ALL_ROLES, Role
from accounts.masked import Masked
from accounts.protection import protected_models
from tests.security.expected_routes import ROUTES
from tests.security.stage import ACTORS, stage_of
from tests.snapshot import superuser

PLAIN = re.compile(r"1990000[0-9]{4}")
REVEALS = ("reveals:show", "api-reveal")
ORDER = sorted(ROUTES, key=lambda route: route.name == "logout")
SHORT = (Role.CITY_OFFICE, Role.TOWNSHIP, Role.SECURITY_ADMIN, Role.AUDITOR)


@pytest.fixture
def folder(settings, tmp_path):
    settings.UPLOADS_DIR, settings.RESULTS_DIR = tmp_path / "uploads", tmp_path / "results"
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def log():
    """Everything that any logger says, arguments and tracebacks included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


def walk(cast, client_of, role: str) -> tuple[list[str], int]:
    """(routes whose answer shows a number, how many numbers were revealed where they may be)."""
    stage, client = stage_of(ACTORS[role], cast), client_of(ACTORS[role])
    shown, revealed = [], 0
    for route in ORDER:
        for method in route.methods:
            answer = stage.send(client, route, method)
            heads = " ".join(f"{name}: {value}" for name, value in answer.items())
            found = PLAIN.findall(answer.whole.decode("utf-8", "replace") + heads)
            if route.name in REVEALS and method == "POST":
                revealed += bool(found)
            elif found:
                shown.append(f"{role} {method} {route.name}")
    return shown, revealed


def in_rows() -> list[str]:
    """Tables with a row that holds a number anywhere, JSON and arrays included."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            found = []
            for model in protected_models():
                table = model._meta.db_table
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', [PLAIN.pattern])
                if cursor.fetchone()[0]:
                    found.append(table)
            return found
    finally:
        connection.close()


def beside(folder: Path, log: io.StringIO) -> list[str]:
    """Where a number lies besides: log, rows, files, cache, mail."""
    found = [f"row {table}" for table in in_rows()]
    found += ["log"] if PLAIN.search(log.getvalue()) else []
    for path in folder.rglob("*"):
        if path.is_file() and re.search(PLAIN.pattern.encode(), path.read_bytes()):
            found.append(f"file {path.name}")
    found += ["cache"] if PLAIN.search(repr(getattr(cache, "_cache", {}))) else []
    return found + (["mail"] if PLAIN.search(repr([vars(one) for one in mail.outbox])) else [])


def everything(cast, client_of, folder, log, roles) -> None:
    shown, revealed = [], 0
    for role in roles:
        found, number = walk(cast, client_of, role)
        shown, revealed = shown + found, revealed + number
    assert shown == []
    # The page and the API, once for each role that may.
    assert revealed == 2 * len(set(roles) & {"city_office", "county_office", "admin", "security_admin"})
    assert beside(folder, log) == []


def test_t11_t53_masked_everywhere_and_nothing_beside(committed, cast, client_of, folder, log):
    everything(cast, client_of, folder, log, SHORT)


@pytest.mark.long
def test_t11_t53_masked_everywhere_and_nothing_beside_long(committed, cast, client_of, folder, log):
    everything(cast, client_of, folder, log, ALL_ROLES)


def test_t11_negative_control_a_mask_that_hides_nothing_is_seen(
    committed, cast, client_of, folder, monkeypatch
):
    monkeypatch.setattr(Masked, "__str__", lambda value: value.shown.replace("****", "0000"))
    shown, _ = walk(cast, client_of, Role.CITY_OFFICE)
    # Among them the page after one's own number was changed, which says so.
    assert sorted(set(shown)) == [
        "city_office GET account", "city_office GET api-user", "city_office GET api-users",
        "city_office GET reveals:list", "city_office GET reveals:show", "city_office GET users:detail",
        "city_office GET users:list", "city_office POST reveals:consent-ask", "city_office PUT api-me-phone",
    ]  # fmt: skip


def test_t53_negative_control_a_number_beside_is_found(committed, cast, client_of, folder, log):
    logging.getLogger("cunxuan.test").warning("rang %s", "19900000005")
    (folder / "left.txt").write_text("19900000005")
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET password = '19900000005' WHERE username = 'town'")
    connection.close()
    assert beside(folder, log) == ["row accounts_user", "log", "file left.txt"]
