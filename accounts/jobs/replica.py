"""A read replica for jobs that only read: served from there when it has all that the job may see, else from here.

The replica must have replayed the primary's position at the moment the job begins. By then the job's token and
everything committed before are there; a token it did not know would be refused by the row policies, never shown zeros.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.scope import enter

logger = logging.getLogger(__name__)

ALIAS = "replica"
WAIT_SECONDS = 3.0
PAUSE_SECONDS = 0.05


@contextmanager
def reading(token: str) -> Iterator[bool]:
    """True: `default` is the replica inside the block, in a transaction of its own under `token`, read-only.

    False: there is none, it does not answer, it is behind, or no token is given; the block then runs on the primary.
    """
    other = caught_up(position()) if token and ALIAS in connections.settings else None
    if other is None:
        yield False
        return
    primary = connections[DEFAULT_DB_ALIAS]
    given, other.alias = other.alias, DEFAULT_DB_ALIAS
    connections[DEFAULT_DB_ALIAS] = other
    try:
        with transaction.atomic(using=DEFAULT_DB_ALIAS):
            enter(token)
            yield True
    finally:
        connections[DEFAULT_DB_ALIAS] = primary
        other.alias = given
        other.close_if_unusable_or_obsolete()


def position() -> str:
    """Where the primary's written log ends now (`pg_lsn` as text): every acknowledged commit lies before it."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()::text")
        return cursor.fetchone()[0]


def caught_up(wanted: str) -> BaseDatabaseWrapper | None:
    """The replica once it has replayed `wanted`; None when it does not within three seconds."""
    other = cast("BaseDatabaseWrapper", connections[ALIAS])
    end = time.monotonic() + WAIT_SECONDS
    try:
        while True:
            with other.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn", [wanted]
                )
                if cursor.fetchone()[0]:
                    return other
            if time.monotonic() > end:
                logger.warning("the replica is behind, the primary serves")
                return None
            time.sleep(PAUSE_SECONDS)
    except DatabaseError as error:
        other.close()
        logger.warning("the replica does not answer (%s), the primary serves", type(error).__name__)
        return None
