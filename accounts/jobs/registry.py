"""Kinds of job and timers, registered by each app in `AppConfig.ready()`."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.jobs.context import JobContext

Handler = Callable[["JobContext"], None]


@dataclass(frozen=True)
class JobKind:
    """What a kind of job is called, who may start it, and the function that does it."""

    code: str
    label: str
    handler: Handler
    roles: tuple[str, ...] = ()
    queue: str = "jobs"
    shared: bool = True
    max_attempts: int = 5
    result_hours: int = 24


@dataclass(frozen=True)
class Timer:
    """A system job that runs once per period, whatever the number of schedulers.

    `every` divides time from the epoch (UTC) into periods; `offset` moves their start. Only the current
    period is started: periods missed while everything was down are not run afterwards.
    """

    name: str
    kind: str
    every: dt.timedelta
    system_scope: str
    offset: dt.timedelta = dt.timedelta()
    params: dict = field(default_factory=dict)

    def period_start(self, now: dt.datetime) -> dt.datetime:
        """Start of the period that holds `now`."""
        origin = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + self.offset
        return origin + ((now - origin) // self.every) * self.every


_kinds: dict[str, JobKind] = {}
_timers: dict[str, Timer] = {}


def register_job(
    code: str,
    *,
    label: str,
    roles: tuple[str, ...] = (),
    queue: str = "jobs",
    shared: bool = True,
    max_attempts: int = 5,
    result_hours: int = 24,
) -> Callable[[Handler], Handler]:
    """Decorator: make `handler(ctx)` the work of kind `code`.

    `roles`: who may start it from a screen or the API (none: only the system). `shared`: colleagues of the
    same unit find and see the same job; False keeps it to the person who started it.
    """

    def register(handler: Handler) -> Handler:
        known = _kinds.get(code)
        if known is not None and known.handler is not handler:
            raise ValueError(f"job kind {code} is registered twice")
        _kinds[code] = JobKind(
            code, label, handler, tuple(str(r) for r in roles), queue, shared, max_attempts, result_hours
        )
        return handler

    return register


def register_timer(
    name: str,
    *,
    kind: str,
    every: dt.timedelta,
    system_scope: str,
    offset: dt.timedelta = dt.timedelta(),
    params: dict | None = None,
) -> Timer:
    """Run job `kind` under the registered system scope once in every period."""
    timer = Timer(name, kind, every, system_scope, offset, params or {})
    known = _timers.get(name)
    if known is not None and known != timer:
        raise ValueError(f"timer {name} is registered twice")
    _timers[name] = timer
    return timer


def kind_of(code: str) -> JobKind | None:
    return _kinds.get(code)


def kinds() -> tuple[JobKind, ...]:
    return tuple(_kinds.values())


def timers() -> tuple[Timer, ...]:
    return tuple(_timers.values())


def queues() -> tuple[str, ...]:
    return tuple(sorted({kind.queue for kind in _kinds.values()} | {"jobs", "timers"}))
