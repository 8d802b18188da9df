"""Filing comes first: when townships file faster than this process can answer, totals and exports give way (T61).

Each web process measures by itself how busy its threads have been lately; the database is not asked, and nothing has to
be set. Views say what they are (`accounts.doors.gives_way`, `comes_first`). While filing goes on and the threads are
full, what gives way has a tenth of one thread left; the rest is answered at once with a sentence that says so.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from accounts.outages import FILING_FIRST
from accounts.views.errors import outage_page

SAFE = ("GET", "HEAD", "OPTIONS")


class Pressure:
    """How busy the threads of a process are, and whether something that gives way may come in now."""

    MEMORY = 3.0  # seconds; what lies longer back counts less and less
    FULL = 0.85  # of the threads busy: others wait before the door
    FILING = 10.0  # seconds after the last submission of a daily report
    SHARE = 0.1  # of one thread that stays for what gives way

    def __init__(self, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.threads, self.clock = threads, clock
        self.lock = threading.Lock()
        self.running, self.level, self.at = 0, 0.0, clock()
        self.filed_at = -math.inf
        self.admitted, self.again_at = False, -math.inf

    def begin(self) -> None:
        with self.lock:
            self._age()
            self.running += 1

    def end(self) -> None:
        with self.lock:
            self._age()
            self.running -= 1

    def note_filing(self) -> None:
        """A township submits something of its daily report."""
        self.filed_at = self.clock()

    def is_high(self) -> bool:
        """Whether filing goes on and the threads are full. Off where the number of threads is not known (0)."""
        if not self.threads or self.clock() - self.filed_at > self.FILING:
            return False
        with self.lock:
            self._age()
            return self.level >= self.FULL

    def admit(self) -> bool:
        """Under pressure: whether one more that gives way may run now. Who was admitted calls `leave`."""
        with self.lock:
            if self.admitted or self.clock() < self.again_at:
                return False
            self.admitted = True
            return True

    def leave(self, seconds: float) -> None:
        """It ran so long: the next one waits until it has had no more than its share."""
        with self.lock:
            self.admitted = False
            self.again_at = self.clock() + seconds * (1 / self.SHARE - 1)

    def _age(self) -> None:
        """Bring the level up to now: between two events the number of running requests did not change."""
        now = self.clock()
        busy = min(1.0, self.running / self.threads) if self.threads else 0.0
        self.level = busy + (self.level - busy) * math.exp(-(now - self.at) / self.MEMORY)
        self.at = now


@cache
def of_process(threads: int) -> Pressure:
    """The one measure of this process."""
    return Pressure(threads)


class FilingFirstMiddleware:
    """Stands before the session is read: what is turned away costs the database nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pressure = of_process(settings.WEB_THREADS)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.pressure.begin()
        try:
            if self.pressure.is_high() and _gives_way(request):
                return self._squeezed(request)
            response = self.get_response(request)
            if getattr(request, "comes_first", False) and _was_let_in(request, response):
                self.pressure.note_filing()
            return response
        finally:
            self.pressure.end()

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method not in SAFE and marked(view, "comes_first"):
            request.comes_first = True

    def _squeezed(self, request: HttpRequest) -> HttpResponse:
        if not self.pressure.admit():
            return outage_page(request, FILING_FIRST)
        started = time.monotonic()
        try:
            return self.get_response(request)
        finally:
            self.pressure.leave(time.monotonic() - started)


def marked(view: Any, mark: str) -> bool:
    """Whether a view, or the class behind an API view, carries this mark of `accounts.doors`."""
    return getattr(getattr(view, "cls", view), mark, False)


def _was_let_in(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether somebody signed in did it: a stranger or another role cannot have others turned away."""
    return getattr(request, "scope", None) is not None and response.status_code < 400


def _gives_way(request: HttpRequest) -> bool:
    try:
        return marked(resolve(request.path_info).func, "gives_way")
    except Resolver404:
        return False
