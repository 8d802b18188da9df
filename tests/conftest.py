"""Fixtures of all tests.

`db`         the committed cast, and a transaction on `default` (role cunxuan_web) that is rolled back
`committed`  real transactions on every alias; afterwards every table is put back to the committed cast
`client_of`  signed-in clients of the cast; `worker_role` makes `default` the worker's role (with `committed`)
"""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client

from accounts import audit
from tests.cast import Cast, seat_cast
from tests.helpers import log_in
from tests.snapshot import Snapshot

# Hundreds of sign-ins: the same algorithm at its lowest cost.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Roles, then a database of the owner's, then the cast."""
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        call_command("prepare_database", test=True)
        config = setup_databases(verbosity=0, interactive=False, aliases=None, serialized_aliases=[])
        yield
        connections.close_all()
        teardown_databases(config, verbosity=0)


@pytest.fixture(scope="session")
def cast(django_db_setup, django_db_blocker) -> Cast:
    audit.register("test.cast", "测试数据")
    with django_db_blocker.unblock(), transaction.atomic(using="owner"):
        return seat_cast()


@pytest.fixture(scope="session")
def snapshot(cast, django_db_blocker) -> Snapshot:
    with django_db_blocker.unblock():
        return Snapshot.take()


@pytest.fixture(autouse=True)
def fresh_counts(settings):
    """The number of open tasks in the top bar is counted on every page, so that query counts do not vary."""
    settings.WAITING_SECONDS = 0


@pytest.fixture
def db(snapshot, django_db_blocker):
    """Transactions on `default` and `ledger` that are rolled back; `login` sees the committed cast."""
    with django_db_blocker.unblock(), transaction.atomic(using="default"), transaction.atomic(using="ledger"):
        yield
        transaction.set_rollback(True, using="default")
        transaction.set_rollback(True, using="ledger")


@pytest.fixture
def committed(snapshot, django_db_blocker):
    """Real commits; every table is put back afterwards."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        snapshot.restore()


@pytest.fixture
def worker_role(committed):
    """`default` connects as the worker's role, as in a Celery process."""
    from config.databases import WORKER, role_password

    connection = connections["default"]
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(USER=WORKER, PASSWORD=role_password(settings.SECRET_KEY, WORKER))
    yield
    connection.close()
    connection.settings_dict.update(before)


@pytest.fixture
def client_of(cast):
    """client_of("town") is a browser in which that member of the cast has signed in."""

    def sign_in(key: str) -> Client:
        return log_in(Client(), cast.users[key])

    return sign_in
