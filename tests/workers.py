"""How the whole suite is divided between its processes, and the servers each of them has.

Roles, locks and load belong to a whole PostgreSQL server: on one they would see each other's. `run.py test` starts a
set for each process and names this file as a plug-in (`-p tests.workers`), so that the addresses are there before
Django reads its settings.
"""

import json
import os
from typing import Any

from xdist.scheduler import LoadFileScheduling

from config.launcher.tests import SERVERS

# Its tests share one running application and one Chromium: one process takes them all.
TOGETHER = "tests/browser/"
# What takes longest begins first: begun last, it would leave the other process with nothing to do.
FIRST = ("tests/browser/", "tests/launcher/", "tests/outages/", "tests/accounts/jobs/", "tests/security/")

_worker = os.environ.get(
    "PYTEST_XDIST_WORKER", ""
)  # gw0, gw1, …; a process that died is followed by a new number
if _worker:
    _sets = json.loads(os.environ[SERVERS])
    os.environ.update(_sets[int(_worker.removeprefix("gw")) % len(_sets)])


class Scheduling(LoadFileScheduling):
    """File by file, in the order of the collection; the browser's files as one."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else super()._split_scope(nodeid)


def place(nodeid: str) -> int:
    """Where a test stands in the order: the number of its folder in FIRST, else behind them."""
    return next((number for number, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))


def pytest_collection_modifyitems(items: list[Any]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


def pytest_xdist_make_scheduler(config: Any, log: Any) -> Scheduling:
    return Scheduling(config, log)
