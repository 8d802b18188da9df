"""One JSON object per line: what happened, on which route, how long, by which assignment id.

Never in a line: paths and query strings (they hold codes and search words), names, addresses of people,
exception messages (they quote values). `scrub` takes out numbers that look like ID or mobile numbers in
case some library logs one.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import structlog

from accounts import request_id

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERSONAL = re.compile(r"(?<![0-9A-Za-z])(\d{17}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])")
QUERY = re.compile(r"\?\S+")
MAX_FRAMES = 30

Event = MutableMapping[str, Any]

access_log = logging.getLogger("cunxuan.access")


def logging_config(level: str = "INFO", *, readable: bool = False) -> dict[str, Any]:
    """The LOGGING setting; `readable` prints aligned text instead of JSON for a person at a terminal."""
    renderer = structlog.dev.ConsoleRenderer(colors=False) if readable else json_line
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(allow=EXTRA_FIELDS),
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    add_request_id,
                    frames_only,
                    scrub,
                    renderer,
                ],
                "use_get_message": True,
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
        },
    }


EXTRA_FIELDS = frozenset({"alarm", "facts", "route", "method", "status", "ms", "assignment", "job", "kind"})

json_line = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False)


def add_request_id(_: Any, __: str, event: Event) -> Event:
    found = request_id.current()
    if found:
        event["request_id"] = found
    return event


def frames_only(_: Any, __: str, event: Event) -> Event:
    """Replace an exception by its type and frames; its message may quote a person's data."""
    info = event.pop("exc_info", None)
    if info is True:
        info = None
    if isinstance(info, tuple) and info[0] is not None:
        frames = traceback.extract_tb(info[2])[-MAX_FRAMES:]
        event["error"] = info[0].__name__
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    event.pop("stack_info", None)
    return event


def scrub(_: Any, __: str, event: Event) -> Event:
    for key, value in event.items():
        if isinstance(value, str) and key not in ("frames", "timestamp", "request_id"):
            event[key] = QUERY.sub("?…", PERSONAL.sub("***", value))
    return event


class AccessLogMiddleware:
    """One line per request; stands right after the middleware that gives the request its id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self.get_response(request)
        access_log.info("request", extra=facts(request, response.status_code, started))
        return response


def facts(request: HttpRequest, status: int, started: float) -> dict[str, Any]:
    """Fields of the access line; the route's name stands for the path."""
    match = request.resolver_match
    assignment = getattr(getattr(request, "scope", None), "assignment_id", None)
    return {
        "route": match.view_name if match else "",
        "method": request.method,
        "status": status,
        "ms": round((time.monotonic() - started) * 1000),
        "assignment": assignment,
    }
