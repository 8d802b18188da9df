"""The one clock that counts."""

import datetime

from django.db import connections


def database_now() -> datetime.datetime:
    """The database's clock, aware. One query."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
