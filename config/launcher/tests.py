"""run.py test: pytest on throw-away servers; --all adds the long forms and other PostgreSQL versions.

The whole suite runs in two processes, each on servers of its own (`tests/workers.py`); a part of it in one.
"""

import json
import os
import shutil
import sys
from contextlib import ExitStack

from config.launcher import binaries, testdb
from config.launcher.console import say

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# What a run on a second version of PostgreSQL leaves out: nothing there depends on the database.
NOT_DATABASE = ("--ignore=tests/launcher", "--ignore=tests/browser")
# Arguments that leave the suite whole: the long forms besides, another way of reporting.
WHOLE_SUITE = ("-m", "", "-q", "-v", "-ra", "--durations=30")
# The servers of each process of the suite, as JSON.
SERVERS = "CUNXUAN_TEST_SERVERS"


def browser() -> dict[str, str]:
    """CHROMIUM for the browser tests: as given, else the first one found; empty when there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    return {"CHROMIUM": found} if found else {}


def pytest(arguments: list[str], programs: binaries.Binaries | None, extra: dict[str, str]) -> int:
    """One pytest run; its own closing line stays the last one, its exit code is ours."""
    count = workers(arguments)
    with ExitStack() as stack:
        sets = [stack.enter_context(testdb.servers(programs)) for _ in range(count)]
        command = [sys.executable, "-m", "pytest", *arguments]
        if count > 1:
            extra = {**extra, SERVERS: json.dumps(sets)}
            command += [
                "-p",
                "tests.workers",
                "-n",
                str(count),
                "--dist",
                "loadfile",
                "--no-loadscope-reorder",
            ]
        return testdb.run(command, {**sets[0], **extra})


def workers(arguments: list[str]) -> int:
    """Two processes for the whole suite where there are two cores: more would stand in each other's way.

    One where the arguments choose tests or ask for a debugger: they start sooner, and their output is in order.
    """
    chosen = [one for one in arguments if one not in WHOLE_SUITE and not one.startswith("--ignore=")]
    return 1 if chosen else min(2, os.cpu_count() or 1)


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
