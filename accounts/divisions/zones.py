"""Functional zones (郑东新区): a managing office at county level, its townships counted elsewhere."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.db import connections, transaction

from accounts import audit, audit_types
from accounts.choices import AreaKind, Level
from accounts.divisions.pinyin import pinyin_of
from accounts.divisions.source import SourceError
from accounts.divisions.tree import TABLE
from accounts.models import Area

ZONES_FILE = Path(__file__).resolve().parent.parent / "data" / "functional_zones.json"


@dataclass(frozen=True)
class ZoneList:
    """Where the list of a zone's townships comes from, and whether somebody has compared it with a document."""

    source: str
    checked: bool


@cache
def zone_lists(file: Path = ZONES_FILE) -> dict[str, ZoneList]:
    """By code of the zone."""
    zones = json.loads(file.read_text(encoding="utf-8"))["zones"]
    return {zone["code"]: ZoneList(zone["source"], zone["checked"]) for zone in zones}


MOVE = f"""
    UPDATE {TABLE} area
       SET updated_at = now(),
           path = zone.path || substr(area.path, length(parent.path) + 1),
           statistical_parent_id = CASE WHEN area.id = township.id THEN parent.id
                                        ELSE area.statistical_parent_id END,
           parent_id = CASE WHEN area.id = township.id THEN zone.id ELSE area.parent_id END
      FROM {TABLE} township, {TABLE} parent, {TABLE} zone
     WHERE township.id = ANY(%s) AND parent.id = township.parent_id AND zone.code = %s
       AND area.path >= township.path AND area.path < left(township.path, -1) || '0'
"""  # noqa: S608 (constant table name)


@dataclass(frozen=True)
class ZoneResult:
    """What was done for one zone; `moved` counts townships."""

    code: str
    name: str
    moved: int
    checked: bool


def apply_zones(
    *, today: date, city: str = "", file: Path = ZONES_FILE, using: str = "owner"
) -> list[ZoneResult]:
    """Create each zone whose city is loaded and hang its townships on it; a second run moves nothing.

    The path (scope and default roll-up) follows the managing office; the former parent stays as the
    statistical one. Refused once business rows stand under a township: from then on it is a dated move.
    """
    results = []
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        audit.act(None, audit_types.ZONES_APPLIED, Area, using=using)
        for zone in json.loads(file.read_text(encoding="utf-8"))["zones"]:
            if city and zone["parent"] != city:
                continue
            cursor.execute(f"SELECT id, path FROM {TABLE} WHERE code = %s", [zone["parent"]])  # noqa: S608
            parent = cursor.fetchone()
            if parent is None:
                continue
            _create(cursor, zone, parent, today)
            townships = [_find_township(cursor, zone, entry) for entry in zone["townships"]]
            moving = [township for township, managed_by in townships if managed_by != zone["code"]]
            _refuse_business_rows(cursor, moving)
            cursor.execute(MOVE, [moving, zone["code"]])
            results.append(ZoneResult(zone["code"], zone["name"], len(moving), zone["checked"]))
    return results


def _create(cursor, zone: dict, parent: tuple[int, str], today: date) -> None:
    parent_id, parent_path = parent
    pinyin, initials = pinyin_of(zone["name"])
    cursor.execute(
        f"""
        INSERT INTO {TABLE} (code, name, short_name, level, kind, parent_id, path, pinyin, initials,
                             sort_order, in_electorate, valid_from, created_at, updated_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, false, %s, now(), now())
        ON CONFLICT (code) DO NOTHING
        """,  # noqa: S608
        [
            zone["code"],
            zone["name"],
            zone["name"],
            Level.COUNTY.value,
            AreaKind.FUNCTIONAL_ZONE.value,
            parent_id,
            f"{parent_path}{zone['code']}/",
            pinyin,
            initials,
            today,
        ],
    )


def _find_township(cursor, zone: dict, entry: dict) -> tuple[int, str]:
    """(id, code of the managing parent) of the one township of this name under this statistical county."""
    cursor.execute(
        f"""
        SELECT township.id, parent.code
          FROM {TABLE} township
          JOIN {TABLE} parent ON parent.id = township.parent_id
          JOIN {TABLE} counted ON counted.id = coalesce(township.statistical_parent_id, township.parent_id)
         WHERE township.level = %s AND township.name = %s AND counted.code = %s
        """,  # noqa: S608
        [Level.TOWNSHIP.value, entry["name"], entry["county"]],
    )
    found = cursor.fetchall()
    if len(found) != 1:
        raise SourceError(
            f"{zone['name']}:在 {entry['county']} 下应有且只有一个“{entry['name']}”,实有 {len(found)} 个"
        )
    return found[0]


def _refuse_business_rows(cursor, townships: list[int]) -> None:
    """Rows that carry a scope path under a township to be moved would lose their owner."""
    cursor.execute(
        """
        SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE attname = 'unit_path' AND relkind IN ('r', 'p') AND NOT relispartition AND NOT attisdropped
           AND relnamespace = current_schema()::regnamespace
         ORDER BY 1
        """
    )
    for (table,) in cursor.fetchall():
        cursor.execute(
            f"""
            SELECT EXISTS (SELECT FROM {table} business JOIN {TABLE} township
                ON business.unit_path >= township.path AND business.unit_path < left(township.path, -1) || '0'
             WHERE township.id = ANY(%s))
            """,  # noqa: S608 (names from the catalogue)
            [townships],
        )
        if cursor.fetchone()[0]:
            raise SourceError(f"{table} 中已有这些乡镇的数据,功能区调整须按区划变更办理")
