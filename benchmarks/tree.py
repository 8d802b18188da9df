"""The division tree: our loader beside COPY into a bare table with the same indexes built afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.db import connections

from accounts.divisions.tree import _copy_line, load
from accounts.models import Area
from benchmarks import world
from benchmarks.measure import Result, compared, measured

PEER = "peer_tree"


def run(*, quick: bool) -> Iterator[Result]:
    """Jinhua (quick) or the whole country, from the published list to committed, indexed rows."""
    city = world.CITY if quick else ""
    ours = measured("benchmarks.tree:ours", repeat=1, city=city)
    again = measured("benchmarks.tree:ours", repeat=1, city=city)
    peer = measured("benchmarks.tree:copy_then_index", repeat=1, city=city)
    label = f"tree of {ours.rows:,} units"
    note = f"reading the list and making pinyin takes {peer.detail['reading']:.1f} s of either side"
    yield compared(label, ours, "COPY the same rows, then index", peer, target="≥0.5× (within 2)", note=note)
    yield compared(f"{label}, second load", again, "first load", ours)


def ours(city: str) -> dict[str, Any]:
    """The loader: keeps what offices decided, refuses orphans, writes an act, all or nothing."""
    return {"rows": load(world.listed(city)).read}


def copy_then_index(city: str) -> dict[str, Any]:
    """COPY into a table without keys, then the indexes that `Area` has."""
    from time import perf_counter  # noqa: PLC0415

    started = perf_counter()
    paths: dict[str, str] = {"": ""}
    lines = []
    for unit in world.listed(city):
        paths[unit.code] = path = f"{paths[unit.parent_code]}{unit.code}/"
        lines.append(_copy_line(unit).rstrip("\n") + f"\t{path}\n")
    text = io.StringIO("".join(lines))
    reading = perf_counter() - started
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {PEER} (code text, name text, short_name text, level smallint, kind text, "
            'parent_code text, pinyin text, initials text, in_electorate boolean, path text COLLATE "C", '
            "id bigint GENERATED ALWAYS AS IDENTITY)"
        )
        cursor.copy_expert(
            f"COPY {PEER} (code, name, short_name, level, kind, parent_code, pinyin, initials, in_electorate, path) "
            "FROM STDIN",
            text,
        )
        rows = cursor.rowcount
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [Area._meta.db_table])
        for number, (definition,) in enumerate(cursor.fetchall()):
            tail = definition.partition(f" ON public.{Area._meta.db_table} ")[2]
            tail = tail.replace("statistical_parent_id", "parent_code").replace("parent_id", "parent_code")
            cursor.execute(f"CREATE INDEX {PEER}_{number} ON {PEER} {tail}")
        cursor.execute(f"ANALYZE {PEER}")
        cursor.execute(f"DROP TABLE {PEER}")
    return {"rows": rows, "reading": reading}
