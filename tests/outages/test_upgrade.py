"""An upgrade loses no filing: the release's first state, a city's reports and one filed day, then this version over it;
and after that every key is changed.

The old version is taken from the repository's own history and run as it was then; where the history is not there (an
archive, a shallow clone), the test is skipped.
"""

import io
import os
import subprocess
import sys
import tarfile

import psycopg2
import pytest
from django.conf import settings

from config.launcher import testdb
from config.launcher.postgres import THROW_AWAY, PostgresServer

OLD = "5757f34"
KEY, NEW_KEY = "upgrade-" + "a1B2c3D4" * 8, "changed-" + "e5F6g7H8" * 8
PRINT = (
    "SELECT md5(string_agg(t::text, '' ORDER BY id)), count(*) FROM"
    " (SELECT id, round_id, area_id, date, number, filed_at, digest, mac FROM reports_dailyrevision) t"
)
INTACT = """
from accounts.models import Assignment
from accounts.scope import scoped
from reports.models import DailyRevision
from reports.queries.receipts import is_intact
office = Assignment.objects.using("login").filter(role="city_office").first()
with scoped(office):
    found = [is_intact(one) for one in DailyRevision.objects.select_related("area")]
print("intact", sum(found), "of", len(found))
"""


@pytest.fixture
def server(tmp_path):
    """An empty server of its own."""
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o711)
    made = PostgresServer(testdb.default_postgres(), tmp_path / "postgres", THROW_AWAY)
    made.start(60)
    yield made
    made.stop()


@pytest.fixture
def old_version(tmp_path):
    """The old version's files."""
    done = subprocess.run(["git", "archive", OLD], cwd=settings.BASE_DIR, capture_output=True)
    if done.returncode:
        pytest.skip("the history of the repository is not here")
    folder = tmp_path / "old"
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # none before Python 3.11.4
        archive.extractall(folder)  # noqa: S202 - of our own history
    modules = settings.BASE_DIR / "node_modules"
    if not modules.exists():
        pytest.skip("the list of units is not installed")
    (folder / "node_modules").symlink_to(modules.resolve())
    return folder


class Site:
    """Commands of either version on the same data."""

    def __init__(self, server: PostgresServer, data) -> None:
        self.server = server
        self.environment = {
            **os.environ,
            "DATABASE_URL": server.url,
            "CUNXUAN_DATA": str(data),
            "CUNXUAN_LOG_LEVEL": "ERROR",
            "SECRET_KEY": KEY,
        }

    def run(self, version, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=version,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def ask(self, sql: str) -> tuple:
        own = psycopg2.connect(self.server.url)
        with own.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
        own.close()
        return row


@pytest.mark.long
def test_an_upgrade_and_a_change_of_every_key_lose_no_filing(server, old_version, tmp_path):
    site, here = Site(server, tmp_path / "data"), settings.BASE_DIR
    for arguments in (
        ("prepare_database",),
        ("migrate", "--no-input"),
        ("load_divisions", "--city", "3307"),
        ("load_demo", "--days", "2"),
        ("export_audit_heads",),
    ):
        site.run(old_version, *arguments)
    before = site.ask(PRINT)
    assert before[1] > 100

    site.run(here, "prepare_database")
    site.run(here, "migrate", "--no-input")
    assert site.ask(PRINT) == before
    assert "全部相符" in site.run(here, "verify_audit")
    assert site.run(here, "shell", "-v", "0", "-c", INTACT).split() == [
        "intact",
        str(before[1]),
        "of",
        str(before[1]),
    ]

    site.environment |= {"SECRET_KEY": NEW_KEY, "SECRET_KEY_FALLBACKS": KEY, "SEALED_FILES_KEY": KEY}
    site.run(here, "prepare_database")
    site.run(here, "export_audit_heads")
    assert "全部相符" in site.run(here, "verify_audit")
    assert site.run(here, "shell", "-v", "0", "-c", INTACT).split() == [
        "intact",
        str(before[1]),
        "of",
        str(before[1]),
    ]
    assert site.ask(PRINT) == before

    # The negative control: without the old key what it marked is not recognised.
    del site.environment["SECRET_KEY_FALLBACKS"]
    said = site.run(here, "shell", "-v", "0", "-c", INTACT).split()
    assert said == ["intact", "0", "of", str(before[1])]
