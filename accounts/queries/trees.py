"""The tree of units as it was on a day. The same as the SQL function `area_on(day)`."""

import datetime
from typing import NamedTuple

from django.db import connections

from accounts.models import Area
from accounts.querysets import path_end

_COLUMNS = "id, code, level, name, short_name, kind, parent_id, path"


class Unit(NamedTuple):
    """A unit as it was on the day asked for; `id` and `code` never change."""

    id: int
    code: str
    level: int
    name: str
    short_name: str
    kind: str
    parent_id: int | None
    path: str


def tree_on(day: datetime.date, within: str = "", level: int | None = None) -> list[Unit]:
    """Units open on `day` at or below the path `within` (a path of that day), in the order of the paths. One query.

    `level`: only units of this level.
    """
    only = "" if level is None else "t.level = %s AND "
    params = [*([] if level is None else [level]), within, path_end(within)]
    return _read(f"WHERE {only}t.path >= %s AND t.path < %s ORDER BY t.path", params, day)


def children_on(area: Area | Unit, day: datetime.date) -> list[Unit]:
    """Units directly below `area` on `day`, in the order of the tree. One query."""
    return _read("WHERE t.parent_id = %s ORDER BY t.path", [area.id], day)


def counts_on(was: Unit, day: datetime.date) -> list[tuple[str, int, str, int]]:
    """(code of the unit directly below `was`, level, kind, number of units) of the townships and villages of `day`."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT split_part(t.path, '/', %s), t.level, t.kind, count(*) FROM area_on(%s) t"
            " WHERE t.level >= 4 AND t.path >= %s AND t.path < %s GROUP BY 1, 2, 3",
            [was.path.count("/") + 1, day, was.path, path_end(was.path)],
        )
        return cursor.fetchall()


def unit_on(area: Area, day: datetime.date) -> Unit | None:
    """What `area` was on `day`; None while it was not open. One query."""
    found = _read("WHERE t.id = %s", [area.pk], day)
    return found[0] if found else None


def _read(condition: str, params: list, day: datetime.date) -> list[Unit]:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM area_on(%s) t {condition}", [day, *params])  # noqa: S608
        return [Unit(*row) for row in cursor.fetchall()]
