"""Sheets that a superior office has laid before a township."""

from typing import TYPE_CHECKING

from reports.models import DailyOffer

if TYPE_CHECKING:
    from reports.queries.day import Day


def offer_of(day: "Day") -> DailyOffer | None:
    """The sheet that waits for this township and day. One query."""
    offers = DailyOffer.objects.filter(round=day.force.round, area=day.township, date=day.date, is_open=True)
    return offers.first()
