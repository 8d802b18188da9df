"""The round and the records of the demonstration city."""

import datetime

from django.db import connections

from accounts.models import Area
from elections.models import Round

# One statement fills every record; the figures follow from the code and the seed alone.
FILL = """
WITH drawn AS (
    SELECT o.id, a.kind,
           ('x' || substr(md5(%(seed)s || a.code || 'p'), 1, 7))::bit(28)::int AS p,
           ('x' || substr(md5(%(seed)s || a.code || 't'), 1, 7))::bit(28)::int AS t
      FROM elections_org o JOIN accounts_area a ON a.id = o.area_id WHERE o.round_id = %(round)s
), sized AS (
    SELECT id, kind, p, t, CASE WHEN kind = 'community' THEN 1800 + p %% 6200 ELSE 420 + p %% 2600 END AS people FROM drawn
)
UPDATE elections_org o SET
    kind = CASE WHEN s.kind = 'community' AND s.p %% 9 = 0 THEN 'converted' ELSE o.kind END,
    population = people, households = people * 10 / 31, registered_voters = people * 79 / 100 - s.p %% 17,
    party_members = 18 + people / 24 + s.p %% 11, representatives = 30 + people / 120,
    party_org_type = CASE WHEN 18 + people / 24 + s.p %% 11 >= 100 THEN 'committee'
                          WHEN 18 + people / 24 + s.p %% 11 > 50 THEN 'general_branch' ELSE 'branch' END,
    seats_party = 3 + 2 * (s.p %% 2), seats_committee = CASE WHEN s.kind = 'community' THEN 5 ELSE 3 + 2 * (s.t %% 2) END,
    is_pilot = s.p %% 11 = 0, is_large = people >= 2600,
    is_due = s.t %% 97 <> 0, not_due_reason = CASE WHEN s.t %% 97 = 0 THEN '撤并中，暂缓换届' ELSE '' END,
    current_total = 5 + s.t %% 3, current_women = 1 + s.t %% 2, current_under_35 = s.t %% 3,
    current_college = 1 + s.t %% 4, current_one_shoulder = s.t %% 20 <> 0, current_age_tenths = 420 + s.t %% 110,
    previous_total = 5 + s.p %% 3, previous_women = 1, previous_under_35 = s.p %% 2, previous_college = s.p %% 4,
    previous_one_shoulder = s.p %% 5 <> 0, previous_age_tenths = 450 + s.p %% 110, updated_at = now()
  FROM sized s WHERE s.id = o.id
"""

# The same statement as the action `open_orgs`, run by the owner before any scope exists; the records are there since the
# round began, so that its past days have them.
OPEN = """
INSERT INTO elections_org (round_id, area_id, kind, party_org_type, is_pilot, is_large, is_due, not_due_reason, note,
                           version, created_at, updated_at)
SELECT %(round)s, a.id, CASE a.kind WHEN 'community' THEN 'community' ELSE 'village' END, '', false, false, true, '',
       '', 1, %(since)s, now()
  FROM accounts_area a
 WHERE a.level = 5 AND a.in_electorate AND a.path >= %(low)s AND a.path < %(high)s
ON CONFLICT (round_id, area_id) DO NOTHING
"""


def seat_round(city: Area, *, first: datetime.date, seed: int) -> Round:
    """The current round of the city, marked as practice, with a filled record for each village."""
    round = Round.objects.using("owner").create(
        name=f"{first.year} 年村社换届",
        province=city.parent,
        area=city,
        year=first.year,
        starts_on=first - datetime.timedelta(days=60),
        ends_on=first + datetime.timedelta(days=180),
        reporting_from=first,
        reporting_to=first + datetime.timedelta(days=120),
        is_current=True,
        practice=True,
    )
    with connections["owner"].cursor() as cursor:
        facts = {"round": round.pk, "low": city.path, "high": city.path_end, "since": round.starts_on}
        cursor.execute(OPEN, facts)
        cursor.execute(FILL, {"round": round.pk, "seed": str(seed)})
    round.refresh_from_db()
    return round
