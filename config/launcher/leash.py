"""A small process that outlives a killed launcher just long enough to end what it started.

The kernel's parent-death signal asks our children to stop; a program that does not come to an end by that
(its own children, or a shutdown that hangs) is killed from here. It learns of our death by the end of its
standard input, so it works wherever processes have groups.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from types import TracebackType

GRACE_SECONDS = 5.0


class Leash:
    """Held by the launcher: `hold` a process group, and end with `with` when everything was stopped in order."""

    def __enter__(self) -> "Leash":
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-E", __file__], stdin=subprocess.PIPE, text=True, process_group=0
        )
        return self

    def hold(self, group: int) -> None:
        """Kill this process group when the launcher dies."""
        if self.process.stdin:
            self.process.stdin.write(f"{group}\n")
            self.process.stdin.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(10)
        if self.process.stdin:
            self.process.stdin.close()


def lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> None:
    groups = [int(line) for line in sys.stdin]
    end = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < end and any(map(lives, groups)):
        time.sleep(0.1)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
