"""A round of comments: the county offices' drafts to all townships of a city, as the timer makes them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import connections, transaction

from accounts.choices import Level
from benchmarks import world
from benchmarks.measure import Result, alone, measured


def run(*, quick: bool) -> Iterator[Result]:
    """The round of the last reported day, drafted and taken back again."""
    world.need_city(days=3 if quick else 14)
    round = world.round_of_city()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT max(date) FROM reports_rolluprow WHERE round_id = %s", [round.pk])
        day = cursor.fetchone()[0]
    timing = measured(
        "benchmarks.comments:ours", worker=True, repeat=1 if quick else 3, round=round.pk, day=day.isoformat()
    )
    facts = timing.detail
    yield alone(
        f"comments of {facts['units']} townships", timing.seconds, unit="s", target="≤2",
        note=f"{timing.rows} drafted, {facts['queries']} statements",
    )  # fmt: skip


def ours(round: int, day: str) -> dict[str, Any]:
    """As the timer does it, in one audited transaction; taken back, so that it can be repeated."""
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from accounts.scope import system_scoped  # noqa: PLC0415
    from elections.models import Round  # noqa: PLC0415
    from reports.actions.comment_drafting import open_comments, senders_without_round  # noqa: PLC0415
    from reports.models import CommentRound  # noqa: PLC0415
    from reports.queries.clock import database_now  # noqa: PLC0415

    with system_scoped("comments") as by:
        point = transaction.savepoint()
        found = Round.objects.select_related("area").get(pk=round)
        date = datetime.date.fromisoformat(day)
        senders = senders_without_round(found, Level.COUNTY, date)
        with CaptureQueriesContext(connections["default"]) as queries:
            made = open_comments(found, senders, date, datetime.time(17), by=by, now=database_now())
        units = sum(CommentRound.objects.filter(date=date, area__in=senders).values_list("units", flat=True))
        transaction.savepoint_rollback(point)
    return {"rows": made, "units": units, "queries": len(queries)}
