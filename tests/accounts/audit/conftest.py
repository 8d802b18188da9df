import pytest

from accounts import audit
from accounts.scope.entry import issue
from tests.accounts.audit.lab import CREATE, TABLE, Writer, connect
from tests.snapshot import superuser


@pytest.fixture
def lab(committed, cast):
    """The lab table, put under audit as migrate does it; dropped afterwards."""
    audit.register("lab.write", "测试写入")
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
    yield connection
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")
    connection.close()


@pytest.fixture
def town_token(lab, cast) -> str:
    return issue("lab", cast.town.pk)


@pytest.fixture
def writers(town_token):
    """writers(n): n connections of the township's clerk."""
    opened = []

    def open_writers(count: int) -> list[Writer]:
        opened.extend(Writer(connect(), town_token) for _ in range(count))
        return opened[-count:]

    yield open_writers
    for writer in opened:
        writer.connection.close()


@pytest.fixture
def writer(writers) -> Writer:
    return writers(1)[0]
