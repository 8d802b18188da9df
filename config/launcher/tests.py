"""run.py test: pytest on throw-away servers; --all adds the long forms and other PostgreSQL versions."""

import os
import shutil
import sys

from config.launcher import binaries, testdb
from config.launcher.console import say

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# What a run on a second version of PostgreSQL leaves out: nothing there depends on the database.
NOT_DATABASE = ("--ignore=tests/launcher", "--ignore=tests/browser")


def browser() -> dict[str, str]:
    """CHROMIUM for the browser tests: as given, else the first one found; empty when there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    return {"CHROMIUM": found} if found else {}


def pytest(arguments: list[str], programs: binaries.Binaries | None, extra: dict[str, str]) -> int:
    """One pytest run; its own closing line stays the last one, its exit code is ours."""
    with testdb.servers(programs) as servers:
        return testdb.run([sys.executable, "-m", "pytest", *arguments], {**servers, **extra})


def run(arguments: list[str]) -> int:
    """`--all` is ours, everything else goes to pytest."""
    whole = "--all" in arguments
    rest = [argument for argument in arguments if argument != "--all"]
    extra = browser()
    if whole:
        extra["CUNXUAN_TEST_ALL"] = "1"
        rest = ["-m", "", *rest]
        for programs in other_versions():
            say(f"PostgreSQL {programs.major}（{programs.bin}）")
            code = pytest([*rest, *NOT_DATABASE], programs, extra)
            if code:
                return code
    return pytest(rest, None, extra)


def other_versions() -> list[binaries.Binaries]:
    """Servers of this machine whose major version is not the one the ordinary run uses."""
    usual = testdb.default_postgres().major
    return [one for one in binaries.machine_postgres() if one.major != usual]
