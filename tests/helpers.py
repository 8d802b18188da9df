"""Small helpers that tests share."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts import audit


@contextmanager
def as_owner() -> Iterator[None]:
    """Arrange rows through the alias `owner` in one committed transaction (with the `committed` fixture)."""
    with transaction.atomic(using="owner"):
        audit.act(None, "test.cast", using="owner")
        yield
