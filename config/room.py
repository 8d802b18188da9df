"""Whether PostgreSQL's disk takes anything more, asked before a filing is refused."""

from django.db import OperationalError, connections, transaction

from accounts.outages import DISK_FULL, outage_of


def database_has_room() -> bool:
    """Have the server write 2 MB into a file that is gone at once; leaves no row and no trace in the catalogue."""
    try:
        with transaction.atomic(using="default"), connections["default"].cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = 64")
            cursor.execute("SELECT count(*) FROM generate_series(1, 100000)")
    except OperationalError as error:
        if outage_of(error) is DISK_FULL:
            return False
        raise
    return True
