"""T48 parser_fuzz: readers of figures, days and identity numbers against an oracle; the reader on damaged files."""

import calendar
import random
import re

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.fields import CodeField, DateField, IntField
from accounts.spreadsheets.reader import read_file
from tests.accounts.spreadsheets.bad_kinds import made

EDGES = q.SPACE_CHARACTERS
TABLE = str.maketrans(q.FULL_WIDTH[: len(q.HALF_WIDTH)], q.HALF_WIDTH, q.FULL_WIDTH[len(q.HALF_WIDTH) :])


def parsed(field, cells: list[str]) -> list:
    """What `field` makes of typed cells, in one query."""
    part = q.Cell.of(1, "x")
    sql = (
        f"SELECT {field.parsed(part)} FROM (SELECT n, {q.cell_columns(1)} FROM "
        "unnest(%s::text[]) WITH ORDINALITY AS t (c1, n)) c ORDER BY n"
    )
    with connection.cursor() as cursor:
        # The text goes through no format string: only the array is a parameter.
        cursor.execute(sql.replace("%", "%%").replace("%%s::text[]", "%s::text[]"), [cells])
        return [value for (value,) in cursor.fetchall()]


def plain(text: str) -> str:
    return text if re.fullmatch("[0-9]+", text) else text.translate(TABLE)


def whole(text: str) -> int | None:
    text = plain(text.strip(EDGES))
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,15}", text) else None


def day(text: str) -> str | None:
    text = plain(text.strip(EDGES))
    found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", text) or re.fullmatch(
        r"([0-9]{4})([0-9]{2})([0-9]{2})", text
    )
    if not found:
        return None
    year, month, number = map(int, found.groups())
    real = year > 0 and 1 <= month <= 12 and 1 <= number <= calendar.monthrange(year, month)[1]
    return f"{year:04}-{month:02}-{number:02}" if real else None


FIGURES = st.text("0123456789０１９+-－.,， \u3000e年", max_size=18) | st.text(max_size=6)
DAYS = (
    st.text("0123456789-/.年月日 ２０", max_size=12)
    | st.tuples(st.integers(0, 9999), st.integers(0, 14), st.integers(0, 33)).map(
        lambda p: f"{p[0]:04}-{p[1]}-{p[2]}"
    )
    | st.dates().map(str)
)
ALLOWED = st.text(max_size=20)


def typed(texts: list[str]) -> list[str]:
    clean = [text.replace("\x00", "").encode("utf-8", "ignore").decode() for text in texts]
    return ["w" + text for text in clean]


@pytest.mark.usefixtures("db")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FIGURES, min_size=1, max_size=60))
def test_t48_figures(texts):
    cells = typed(texts)
    assert parsed(IntField("x", "数"), cells) == [whole(cell[1:]) for cell in cells]


@pytest.mark.usefixtures("db")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DAYS, min_size=1, max_size=60))
def test_t48_days(texts):
    cells = typed(texts)
    found = [None if value is None else value.isoformat() for value in parsed(DateField("x", "日"), cells)]
    assert found == [day(cell[1:]) for cell in cells]


@pytest.mark.usefixtures("db")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("0123456789０Ｘx X\u3000", max_size=20), min_size=1, max_size=40))
def test_t48_identity_numbers(texts):
    cells = typed(texts)
    wanted = [plain(cell[1:].strip(EDGES)).upper() or None for cell in cells]
    assert parsed(CodeField("x", "号"), cells) == wanted


def damaged(data: bytes, rng: random.Random) -> bytes:
    """The file with bytes changed, cut, doubled or swapped."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        place = rng.randrange(len(out))
        match rng.randrange(4):
            case 0:
                out[place] = rng.randrange(256)
            case 1:
                del out[place : place + rng.randint(1, 200)]
            case 2:
                out[place:place] = out[place : place + rng.randint(1, 200)]
            case 3:
                out[place : place + 4] = rng.randbytes(4)
        if not out:
            break
    return bytes(out)


def fuzz(seeds: range, tmp_path) -> dict[str, int]:
    good, ends = made(), {}
    for seed in seeds:
        path = tmp_path / "x.xlsx"
        path.write_bytes(damaged(good, random.Random(seed)))
        try:
            with path.open("rb") as source:
                read_file(source, tmp_path / "rows.tsv")
            end = "read"
        except FileRefused as refused:
            end = refused.code
        ends[end] = ends.get(end, 0) + 1
    return ends


def test_t48_damaged_files_short(tmp_path):
    ends = fuzz(range(25), tmp_path)
    assert sum(ends.values()) == 25
    assert "XL-015" not in ends


@pytest.mark.long
def test_t48_damaged_files_long(tmp_path):
    ends = fuzz(range(2_000), tmp_path)
    assert sum(ends.values()) == 2_000
    assert "XL-015" not in ends
