"""What hangs in its own shutdown ends all the same when the launcher is killed, and only then."""

import os
import signal
import subprocess
import sys

from config.launcher import processes
from config.launcher.leash import GRACE_SECONDS, Leash, lives
from config.launcher.preflight import ROOT

STUBBORN = ["sh", "-c", "trap '' TERM QUIT INT; sleep 30; sleep 30"]
LAUNCHER = f"""
import subprocess, time
from config.launcher.leash import Leash
with Leash() as leash:
    child = subprocess.Popen({STUBBORN!r}, process_group=0)
    leash.hold(child.pid)
    print(child.pid, flush=True)
    time.sleep(30)
"""


def test_stubborn_group_ends_with_a_killed_launcher() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdout is not None
        group = int(launcher.stdout.readline())
        assert lives(group)
        launcher.kill()
        # The pipe stays open in the stubborn group: read nothing more from it.
        assert processes.wait_until(lambda: not lives(group), timeout=GRACE_SECONDS + 10, pause=0.1)


def test_orderly_end_touches_nobody() -> None:
    with subprocess.Popen(["sleep", "30"], process_group=0) as child:
        with Leash() as leash:
            leash.hold(child.pid)
        assert child.poll() is None
        os.killpg(child.pid, signal.SIGKILL)
