"""python -m benchmarks.stock.prepare: tables, rows and a signed-in superuser; prints the session's key.

The rows are those of our records in every current round, so both lists show the same villages.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.stock.settings"

FILL = """
TRUNCATE stock_village, stock_township, stock_county;
INSERT INTO stock_county (id, name) SELECT id, name FROM public.accounts_area WHERE level = 3;
INSERT INTO stock_township (id, name, county_id)
SELECT t.id, t.name, t.parent_id FROM public.accounts_area t JOIN stock_county c ON c.id = t.parent_id
 WHERE t.level = 4;
INSERT INTO stock_village (code, name, township_id, kind, party_org_type, population, households, registered_voters,
    party_members, representatives, seats_party, seats_committee, is_due, is_pilot, is_large)
SELECT a.code, a.name, a.parent_id, o.kind, o.party_org_type, o.population, o.households, o.registered_voters,
    o.party_members, o.representatives, o.seats_party, o.seats_committee, o.is_due, o.is_pilot, o.is_large
  FROM public.elections_org o JOIN public.elections_round r ON r.id = o.round_id AND r.is_current
  JOIN public.accounts_area a ON a.id = o.area_id JOIN stock_township t ON t.id = a.parent_id
 ORDER BY o.unit_path;
"""


def main() -> None:
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {settings.SCHEMA}")
        call_command("migrate", run_syncdb=True, verbosity=0)
        cursor.execute(FILL)
        cursor.execute("ANALYZE stock_village; ANALYZE stock_township; ANALYZE stock_county")
    user = User.objects.filter(username="bench").first() or User.objects.create_superuser("bench")
    browser = Client()
    browser.force_login(user)
    print(browser.cookies["sessionid"].value)


if __name__ == "__main__":
    main()
