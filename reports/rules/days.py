"""Which days a township files, and when it is too late. `today` is the database's day in Asia/Shanghai."""

import datetime
from typing import TYPE_CHECKING

from accounts.errors import Refusal
from reports.rules.timing import SHANGHAI

if TYPE_CHECKING:
    from elections.models import Round


def local_day(moment: datetime.datetime) -> datetime.date:
    """The day of a moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def read_day(text: str) -> datetime.date:
    """The day in a URL; refuses anything that is not YYYY-MM-DD."""
    try:
        if len(text) != 10:
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            "day_unreadable",
            f"“{text[:20]}”不是日期。日期写成 2026-12-18",
            field="date",
            source="日报地址",
            status=404,
        ) from None


def why_not_asked(round: "Round", day: datetime.date) -> str:
    """Why no report is asked for on `day`, or '' when one is."""
    if day < round.reporting_from:
        return f"{day} 在日报开始（{round.reporting_from}）之前"
    if day > round.reporting_to:
        return f"{day} 在日报结束（{round.reporting_to}）之后"
    if day in round.excluded_dates:
        return f"{day} 是本届规定的不报日"
    return ""


def require_asked(round: "Round", day: datetime.date) -> None:
    """Refuse a day on which the round asks for no report."""
    if why := why_not_asked(round, day):
        raise Refusal("day_not_asked", f"{why}，不用报", field="date", source="届次设置", status=404)


def require_open(round: "Round", day: datetime.date, today: datetime.date) -> None:
    """Refuse to write a day that has not come, or any day after the round has closed."""
    require_asked(round, day)
    if day > today:
        raise Refusal("day_not_come", f"{day} 还没到，到当天再报", field="date", source="届次设置")
    if today > round.ends_on:
        raise Refusal(
            "round_closed",
            f"本届已于 {round.ends_on} 结束，不能再报",
            field="date",
            source="届次设置",
            status=409,
        )


def reporting_days(round: "Round", first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Days from `first` to `last`, both included, on which a report is asked for."""
    days = (first + datetime.timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if not why_not_asked(round, day)]
