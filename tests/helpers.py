"""Small helpers that tests share."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from django.db import transaction
from django.test import Client

from accounts import audit
from accounts.auth.step_up import note_step_up


@contextmanager
def as_owner() -> Iterator[None]:
    """Arrange rows through the alias `owner` in one committed transaction (with the `committed` fixture)."""
    with transaction.atomic(using="owner"):
        audit.act(None, "test.cast", using="owner")
        yield


def log_in(client: Client, user) -> Client:
    """A browser in which the account has just signed in, without the form."""
    client.force_login(user)
    session = client.session
    note_step_up(SimpleNamespace(session=session))
    session.save()
    return client
