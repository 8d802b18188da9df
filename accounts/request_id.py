"""The id that ties a request, its log lines, its audit entries and the jobs it started."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog import contextvars


def current() -> str:
    """Id of the request or job that is being handled; empty outside of both."""
    return str(contextvars.get_contextvars().get("request_id", ""))


@contextmanager
def bound(request_id: str) -> Iterator[None]:
    """Work on behalf of the request with this id: a job carries on the id of the one that started it."""
    with contextvars.bound_contextvars(request_id=request_id):
        yield
