"""A unit's day for tests of the rules, without a database."""

import datetime

from reports.rules.comment_measures import UnitDay

DAY = datetime.date(2026, 11, 20)
BASE = {"townships": 5, "filed": 5, "late": 0, "due": 50}


def ago(days: int) -> datetime.date:
    return DAY - datetime.timedelta(days=days)


def unit(now: dict | None = None, before: dict | None = None, **more) -> UnitDay:
    """A county with 5 townships and 50 villages due; `now` and `before` are its counts of the day and the day before."""
    days = {DAY: {**BASE, **(now or {})}}
    if before is not None:
        days[ago(1)] = {**BASE, **before}
    days |= more.pop("days", {})
    facts = {
        "area_id": 1,
        "code": "990101",
        "name": "东塘区",
        "level": 3,
        "sender": "临江市",
        "sender_code": "9901",
    }
    return UnitDay(**{**facts, "day": DAY, "days": days, **more})
