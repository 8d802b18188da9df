"""What a handler holds while it works: its scope, its parameters, and the way to report progress."""

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections

from accounts.jobs import replica, results

REPORT_EVERY_SECONDS = 0.5


class JobCancelled(Exception):
    """The person asked the job to stop; the transaction is rolled back."""


class LeaseLost(Exception):
    """Another worker owns the job now; nothing of this run may be kept."""


@dataclass
class Claim:
    """A leased job: the answer of job_claim()."""

    job_id: int
    lease: uuid.UUID
    token: str
    kind: str
    subject: str
    params: dict[str, Any]
    attempt: int
    assignment_id: int | None
    system_scope: str
    area_id: int | None
    request_id: str = ""


@dataclass
class JobContext:
    """Handed to a handler. Everything it writes on alias `default` is one transaction with its end state."""

    claim: Claim
    scope: Any
    lease_seconds: int
    result_hours: int = 24
    message: str = ""
    heartbeat: Any = None
    _result: results.ResultFile | None = None
    _last_report: float = 0.0
    _last: tuple[int, int, str] = field(default=(0, 0, ""))

    @property
    def job_id(self) -> int:
        return self.claim.job_id

    @property
    def params(self) -> dict[str, Any]:
        return self.claim.params

    @property
    def subject(self) -> str:
        return self.claim.subject

    @property
    def attempt(self) -> int:
        return self.claim.attempt

    def progress(self, done: int, total: int = 0, stage: str = "") -> None:
        """Report `done` of `total` rows; raises JobCancelled or LeaseLost when the job must stop here.

        Written at most twice a second (always for a new stage or the last row), through its own connection,
        so that it is seen while the work is still one open transaction.
        """
        stage = stage or self._last[2]
        now = time.monotonic()
        same_stage = stage == self._last[2]
        if same_stage and done != total and now - self._last_report < REPORT_EVERY_SECONDS:
            self._last = (done, total, stage)
            return
        self._last, self._last_report = (done, total, stage), now
        self._report()

    def check(self) -> None:
        """Stop here if the person asked for it or the lease is gone; also renews the lease."""
        now = time.monotonic()
        if now - self._last_report >= REPORT_EVERY_SECONDS:
            self._last_report = now
            self._report()

    def work_file(self, suffix: str = "") -> Path:
        """A fresh path in the results directory's work area, removed when the job ends."""
        return results.work_path(self.claim.lease, suffix)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read from the replica inside the block, where one is configured and has all that this job may see.

        Writing is an error there, so acts and rows come before or after. What fails on the replica is retried by the
        ledger, and a second attempt reads from the primary.
        """
        with replica.reading(self.claim.token if self.attempt == 1 else "") as served:
            if served and self.heartbeat is not None:
                self.heartbeat.works_on(connections["default"].connection)
            yield
        if served and self.heartbeat is not None:
            self.heartbeat.works_on(connections["default"].connection)

    def save_result(self, path: Path | str, filename: str, *, hours: int | None = None) -> None:
        """Keep the file at `path` as the job's result, downloaded as `filename`, for `hours` (default 24)."""
        lifetime = dt.timedelta(hours=hours or self.result_hours)
        self._result = results.keep(Path(path), filename, lifetime)

    @property
    def result(self) -> results.ResultFile | None:
        return self._result

    def finish(self, message: str) -> None:
        """The sentence shown when the job is done."""
        self.message = message[:400]

    def report_last(self) -> None:
        """Write the last progress that was held back, and hear once more whether to stop."""
        self._report()

    def _report(self) -> None:
        done, total, stage = self._last
        with connections["ledger"].cursor() as cursor:
            cursor.execute(
                "SELECT job_progress(%s, %s, %s, %s, %s, %s)",
                [self.job_id, self.claim.lease, done, total, stage[:60], self.lease_seconds],
            )
            answer = cursor.fetchone()[0]
        if answer == "cancel":
            raise JobCancelled
        if answer != "ok":
            raise LeaseLost
