"""Give each process of a parallel run its own servers, before Django reads its settings.

Roles, locks and load belong to a whole PostgreSQL server: on one they would see each other's. `run.py test` starts a
set for each process and names this file as a plug-in (`-p tests.workers`).
"""

import json
import os

from config.launcher.tests import SERVERS

_worker = os.environ.get(
    "PYTEST_XDIST_WORKER", ""
)  # gw0, gw1, …; a process that died is followed by a new number
if _worker:
    _sets = json.loads(os.environ[SERVERS])
    os.environ.update(_sets[int(_worker.removeprefix("gw")) % len(_sets)])
