"""A thread that keeps a running job's lease alive, and interrupts its SQL when the job must stop.

It dies with its process, so a killed worker's lease simply runs out.
"""

import threading
from typing import Any

from django.db import DatabaseError, connections

from accounts.jobs.context import Claim


class Heartbeat:
    """Renews the lease every third of it; on 'cancel' or 'lost' cancels the statement that is running."""

    def __init__(self, claim: Claim, lease_seconds: int, *, using: str = "default") -> None:
        self._claim = claim
        self._lease_seconds = lease_seconds
        self._working = connections[using].connection
        self._guard = threading.Lock()
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"job-{claim.job_id}", daemon=True)
        self.verdict = "ok"

    def start(self) -> None:
        self._thread.start()

    def works_on(self, connection: Any) -> None:
        """What is to be interrupted from here on: a statement on the replica, or again one of ours."""
        with self._guard:
            self._working = connection

    def leave(self) -> None:
        """From here on nothing is interrupted: the end state is being written."""
        with self._guard:
            self._leaving.set()

    def stop(self) -> None:
        self.leave()
        if self._thread.is_alive():
            self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._leaving.wait(self._lease_seconds / 3):
                try:
                    self.verdict = self._renew()
                except DatabaseError:
                    connections["ledger"].close()
                    continue
                if self.verdict != "ok":
                    self._interrupt()
                    return
        finally:
            connections["ledger"].close()

    def _renew(self) -> str:
        with connections["ledger"].cursor() as cursor:
            cursor.execute(
                "SELECT job_progress(%s, %s, NULL, NULL, NULL, %s)",
                [self._claim.job_id, self._claim.lease, self._lease_seconds],
            )
            return cursor.fetchone()[0]

    def _interrupt(self) -> None:
        with self._guard:
            if not self._leaving.is_set() and self._working is not None and not self._working.closed:
                self._working.cancel()
