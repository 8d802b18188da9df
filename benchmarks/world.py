"""What the benches measure on: the division tree, a demonstration city that reports, and one day of the country.

Each function does nothing where its work is done. The servers are thrown away afterwards; what would stand in the
way of the next bench (`DAY`) is removed by `forget_day`.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from django.db import connections, transaction
from django.utils import timezone

from accounts import audit, audit_types, divisions
from accounts.choices import Level
from accounts.divisions.generated import generated_county
from accounts.divisions.source import Division, read_divisions
from accounts.divisions.tree import load
from accounts.metrics import MetricKind, MetricNature
from accounts.models import Area, Assignment
from elections.models import Round
from reports import audit_types as report_types
from reports import metrics
from reports.actions.rollup import rebuild
from reports.demo.people import seat_offices
from reports.demo.records import FILL, seat_round
from reports.demo.reports import Reports

CITY = "3307"
# A day in a month of its own: nothing else is filed there and its partition can be dropped.
DAY = datetime.date(2031, 3, 3)


def listed(city: str = "") -> Iterable[Division]:
    """Units of the published list (one city or all); the generated county where the package is missing."""
    directory = divisions.package_directory()
    return read_divisions(directory, city=city) if directory else generated_county()


def need_tree(*, country: bool) -> None:
    """The whole country, or the demonstration city alone."""
    areas = Area.objects.using("owner")
    if country and areas.filter(level=Level.PROVINCE).count() < 20 and divisions.package_directory():
        load(listed())
    elif city() is None:
        load(listed(CITY))


def city() -> Area | None:
    """The demonstration city, or the invented one where the published list is missing; None before it is loaded."""
    cities = Area.objects.using("owner").filter(level=Level.CITY)
    return cities.filter(code=CITY).first() or cities.filter(name="示例市").first()


def need_city(days: int) -> Round:
    """Offices, records and `days` filed days up to yesterday: today is open and nobody has filed."""
    need_tree(country=False)
    area = city()
    found = Round.objects.using("owner").filter(area=area).first()
    if found:
        return found
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.date() - datetime.timedelta(days=days)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        audit.act(None, report_types.DEMO_LOADED, area, using="owner")
        offices = seat_offices(area, seed=1, since=first - datetime.timedelta(days=60))
        round = seat_round(area, first=first, seed=1)
        cursor.execute("ALTER TABLE reports_dailyrevision DISABLE TRIGGER b_server_time")
        dates = [first + datetime.timedelta(days=n) for n in range(days)]
        Reports(round, offices, seed=1, now=midnight).file_all(dates, lambda *_: None)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reports_dailyrevision ENABLE TRIGGER b_server_time")
        rebuild(round, by=None, first=first, last=dates[-1], using="owner")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    return round


def office(level: Level, *, skip: int = 0) -> Assignment:
    """An office of the demonstration city."""
    roles = {Level.CITY: "city_office", Level.COUNTY: "county_office", Level.TOWNSHIP: "township"}
    rows = Assignment.objects.using("login").filter(role=roles[level], unit_path__startswith=city().path)
    return rows.select_related("area").order_by("unit_path")[skip]


def need_rounds() -> None:
    """A current round for every city that has none, with a filled record for each village."""
    today = timezone.localdate()
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        audit.act(None, audit_types.AREAS_LOADED, Area, using="owner")
        taken = set(Round.objects.using("owner").values_list("area_id", flat=True))
        cities = Area.objects.using("owner").filter(level=Level.CITY).exclude(path__startswith="98/")
        made = Round.objects.using("owner").bulk_create(
            Round(name=f"{today.year} 年村社换届", province_id=area.parent_id, area=area, year=today.year,
                  starts_on=today, ends_on=DAY, reporting_from=DAY, reporting_to=DAY, is_current=True)
            for area in cities if area.pk not in taken
        )  # fmt: skip
        if not made:
            return
        _quietly(cursor, "elections_org", RECORDS, [])
        text = FILL.replace("o.round_id = %(round)s", "o.round_id = ANY (%(round)s)")
        _quietly(cursor, "elections_org", text, {"round": [round.pk for round in made], "seed": "1"})
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE elections_org; ANALYZE elections_round")


RECORDS = """
INSERT INTO elections_org (round_id, area_id, unit_path, kind, party_org_type, is_pilot, is_large, is_due,
                           not_due_reason, note, version, created_at, updated_at)
SELECT r.id, a.id, a.path, CASE a.kind WHEN 'community' THEN 'community' ELSE 'village' END, '', false, false, true,
       '', '', 1, now(), now()
  FROM elections_round r JOIN accounts_area c ON c.id = r.area_id
  JOIN accounts_area a ON a.level = 5 AND a.in_electorate AND split_part(a.path, '/', 2) = c.code
 WHERE r.is_current
ON CONFLICT (round_id, area_id) DO NOTHING"""


def need_day(rounds: list[int]) -> int:
    """One filed report of each township of the rounds on `DAY`; returns the villages. Triggers rest meanwhile."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        audit.act(None, report_types.DEMO_LOADED, Round, using="owner")
        cursor.execute("SELECT daily_figure_partition(%s)", [DAY])
        who = office(Level.CITY)
        values = {"day": DAY, "rounds": rounds, "who": who.pk, "name": who.holder_name, "at": timezone.now()}
        _quietly(cursor, "reports_dailyrevision", REVISIONS, values)
        _quietly(cursor, "reports_dailyfigure", figures_sql(), values)
        cursor.execute("SELECT count(*) FROM reports_dailyfigure WHERE date = %s AND round_id = ANY (%s)",
                       [DAY, rounds])  # fmt: skip
        count = cursor.fetchone()[0]
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE reports_dailyfigure; ANALYZE reports_dailyrevision")
    return count


REVISIONS = f"""
INSERT INTO reports_dailyrevision (round_id, area_id, unit_path, date, number, sheet_version, filed_by_id,
    filed_by_name, filed_by_office, filed_at, due_at, reason, consented_by_name, villages, figures, is_zero,
    warnings, changes, digest, digest_method, mac)
SELECT org.round_id, t.id, t.path, %(day)s, 1, 1, %(who)s, %(name)s, '', %(at)s, %(at)s, '', '', count(*), 0, false,
       '[]', '[]', '{hashlib.sha256(b"").hexdigest()}', 'sha256-rows-1', ''
  FROM elections_org org JOIN accounts_area a ON a.id = org.area_id JOIN accounts_area t ON t.id = a.parent_id
 WHERE org.round_id = ANY (%(rounds)s)
   AND NOT EXISTS (SELECT FROM reports_dailyrevision r WHERE r.round_id = org.round_id AND r.date = %(day)s)
 GROUP BY org.round_id, t.id, t.path"""


def figures_sql() -> str:
    """Plausible figures out of the village's number; derived ones from its record."""
    known = {
        "objections": "a.id % 4",
        "objections_handled": "a.id % 4 / 2",
        "ballots": "org.registered_voters * 9 / 10",
    }
    columns, values = [], []
    for n, metric in enumerate(metrics.table()):
        columns.append(metric.key)
        if metric.kind is MetricKind.DERIVED:
            values.append(f"({metric.sql})::int")
        elif metric.nature is MetricNature.DATE:
            values.append(f"CASE WHEN a.id % {n + 3} > {n % 5} THEN %(day)s::date - (a.id % 60)::int END")
        else:
            values.append(
                known.get(metric.key, f"CASE WHEN a.id % 97 <> {n} THEN a.id * {n + 7} % {n % 9 + 2} END")
            )
    text = ", ".join(values).replace(" % ", " %% ")
    return f"""
INSERT INTO reports_dailyfigure (date, revision_id, area_id, township_id, round_id, unit_path, extras, marks, note,
    {", ".join(columns)})
SELECT %(day)s, r.id, a.id, a.parent_id, org.round_id, a.path, '{{}}', '{{}}', '', {text}
  FROM elections_org org JOIN accounts_area a ON a.id = org.area_id
  JOIN reports_dailyrevision r ON r.round_id = org.round_id AND r.area_id = a.parent_id AND r.date = %(day)s
 WHERE org.round_id = ANY (%(rounds)s)
ON CONFLICT DO NOTHING"""


def forget_day() -> None:
    """Remove everything of `DAY`."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '30s'")
        cursor.execute(f"DROP TABLE IF EXISTS reports_dailyfigure_{DAY:%Y%m}")
        cursor.execute("DELETE FROM reports_rolluprow WHERE date = %s", [DAY])
        _quietly(cursor, "reports_dirtymark", "DELETE FROM reports_dirtymark WHERE date = %s", [DAY])
        _quietly(cursor, "reports_dailyrevision", "DELETE FROM reports_dailyrevision WHERE date = %s", [DAY])


def _quietly(cursor, table: str, text: str, values: object) -> None:
    """Run a statement of the owner's with the table's triggers at rest: hundreds of thousands of invented rows."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    cursor.execute(text, values)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


@cache
def columns() -> tuple[str, ...]:
    """Columns of the daily table."""
    return tuple(metric.key for metric in metrics.table())


@cache
def dates() -> frozenset[str]:
    """Columns that hold a day: their total is how many villages have it."""
    return frozenset(metric.key for metric in metrics.dates())


def round_of_city() -> Round:
    """The demonstration city's round."""
    return Round.objects.using("owner").select_related("area").get(area=city(), is_current=True)


@contextmanager
def reporting_on_day() -> Iterator[None]:
    """Rounds report on `DAY` alone meanwhile, the demonstration's counts into the province; then as before."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_rounds AS "
            "SELECT id, ends_on, reporting_from, reporting_to, practice FROM elections_round"
        )
        cursor.execute(
            "UPDATE elections_round SET ends_on = %s, reporting_from = %s, reporting_to = %s, practice = false",
            [DAY] * 3,
        )
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "UPDATE elections_round r SET ends_on = b.ends_on, reporting_from = b.reporting_from, "
                "reporting_to = b.reporting_to, practice = b.practice FROM bench_rounds b WHERE b.id = r.id"
            )
            cursor.execute("DROP TABLE bench_rounds")


def townships_with(round: Round, villages: int) -> list[int]:
    """Townships of a round, in the order of the codes, until they have so many villages."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT id FROM (SELECT t.id, sum(count(*)) OVER (ORDER BY t.path) AS total FROM elections_org org "
            "JOIN accounts_area a ON a.id = org.area_id JOIN accounts_area t ON t.id = a.parent_id "
            "WHERE org.round_id = %s GROUP BY t.id, t.path) x WHERE total <= %s ORDER BY 1",
            [round.pk, villages],
        )
        return [pk for (pk,) in cursor.fetchall()]


def mark_dirty(round: int, townships: list[int]) -> None:
    """A mark for each township's day, as filing leaves it, and no other."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM reports_dirtymark WHERE round_id = %s", [round])
        cursor.execute(
            "INSERT INTO reports_dirtymark (round_id, area_id, date, revision_id, unit_path) "
            "SELECT round_id, area_id, date, id, unit_path FROM reports_dailyrevision "
            "WHERE round_id = %s AND date = %s AND area_id = ANY (%s)",
            [round, DAY, townships],
        )


def fold_city(round: Round) -> None:
    """The totals of `DAY` of the demonstration city."""
    with transaction.atomic(using="owner"):
        rebuild(round, by=None, first=DAY, last=DAY, using="owner")
