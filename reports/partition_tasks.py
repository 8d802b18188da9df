"""Months of the filed figures, made ahead of the first filing that needs them."""

import datetime as dt

from django.db import connections
from django.utils import timezone

from accounts.jobs import JobContext, register_job, register_timer
from elections.models import Round

AHEAD = dt.timedelta(days=62)
SYSTEM_SCOPE = "rollup"


def months_ahead(spans: list[tuple[dt.date, dt.date]], today: dt.date) -> list[dt.date]:
    """First days of the months a filing may fall into within two months: of each round's reporting days.

    Days that are past are left out: whoever files one late makes the month by filing, as before.
    """
    last = today + AHEAD
    found = set()
    for first, end in spans:
        day = max(first, today).replace(day=1)
        while day <= min(end, last):
            found.add(day)
            day = (day + dt.timedelta(days=32)).replace(day=1)
    return sorted(found)


@register_job("figures.partitions", label="预建月分区")
def make_months(ctx: JobContext) -> None:
    """Every night: the partitions of the coming two months, so that nobody's filing waits for a table to be made."""
    spans = list(Round.objects.filter(is_current=True).values_list("reporting_from", "reporting_to"))
    made = 0
    with connections["default"].cursor() as cursor:
        for month in months_ahead(spans, timezone.localdate()):
            cursor.execute("SELECT daily_figure_partition(%s)", [month])
            made += cursor.fetchone()[0]
    ctx.finish(f"新建 {made} 个月")


register_timer(
    "figures.partitions",
    kind="figures.partitions",
    every=dt.timedelta(days=1),
    offset=dt.timedelta(hours=17, minutes=30),  # 01:30 in China
    system_scope=SYSTEM_SCOPE,
)
