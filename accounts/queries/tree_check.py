"""Whether the tree of each day is whole: no unit twice or lost, every path that of its superior, every row's path its unit's."""

import datetime
from dataclasses import dataclass
from typing import Final

from django.db import connections

WORDS: Final = {
    "twice": "同一天有两个旧况",
    "lost": "上级当天不存在",
    "path": "路径与上级不符",
    "span": "旧况之间有空档",
    "row": "记录的路径与单位不符",
}

# Days on which some state begins or ends, and the days asked for: between two such days the tree does not change.
_DAYS: Final = """
WITH day AS (
    SELECT d::date AS day FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') d
     UNION SELECT valid_to FROM accounts_areaversion
     UNION SELECT valid_to - 1 FROM accounts_areaversion
), changed AS (SELECT DISTINCT area_id FROM accounts_areaversion)
"""

# Units that changed, and those below or above them; a whole country that never changed is checked on one day.
_TREE: Final = f"""{_DAYS}
SELECT 'twice', t.id, day.day FROM day CROSS JOIN LATERAL area_on(day.day) t
  WHERE t.id IN (SELECT area_id FROM changed) GROUP BY t.id, day.day HAVING count(*) > 1
UNION ALL
SELECT CASE WHEN p.id IS NULL THEN 'lost' ELSE 'path' END, t.id, day.day
  FROM day CROSS JOIN LATERAL area_on(day.day) t LEFT JOIN LATERAL area_on(day.day) p ON p.id = t.parent_id
 WHERE t.level > 1 AND (t.id IN (SELECT area_id FROM changed) OR t.parent_id IN (SELECT area_id FROM changed)
                        OR day.day = %(last)s)
   AND (p.id IS NULL OR t.path <> p.path || t.code || '/')
UNION ALL
SELECT 'span', v.area_id, v.valid_to FROM accounts_areaversion v JOIN accounts_area a ON a.id = v.area_id
 WHERE v.valid_to IS DISTINCT FROM coalesce(
       (SELECT min(n.valid_from) FROM accounts_areaversion n WHERE n.area_id = v.area_id AND n.valid_from >= v.valid_to),
       a.version_from)
LIMIT 100"""  # noqa: S608 (constant text)


@dataclass(frozen=True)
class Fault:
    """One thing that is not whole on a day."""

    what: str
    area: int
    day: datetime.date

    @property
    def sentence(self) -> str:
        return f"区划 {self.area} 在 {self.day}：{WORDS[self.what]}"


def broken(first: datetime.date, last: datetime.date) -> list[Fault]:
    """Up to a hundred faults of the tree, and of the paths of rows, from `first` to `last` and wherever it changed."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_TREE, {"first": first, "last": last})
        faults = [Fault(*row) for row in cursor.fetchall()]
        cursor.execute("SELECT area_id FROM area_rows_astray() LIMIT 100")
        return faults + [Fault("row", area, last) for (area,) in cursor.fetchall()]
