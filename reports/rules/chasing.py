"""Who may be chased now. Pure; now is the database's."""

import datetime
from collections.abc import Iterable
from typing import Final

from accounts.errors import Refusal

# So that two offices, or two clicks, do not ring at one township again and again.
PAUSE: Final = datetime.timedelta(minutes=30)


def is_resting(last: datetime.datetime | None, now: datetime.datetime) -> bool:
    """Whether a unit was chased less than half an hour ago; the half hour itself is over at its last moment."""
    return last is not None and now - last < PAUSE


def require_somebody(missing: Iterable[object], resting: Iterable[object]) -> None:
    """Refuse a chase that reaches nobody: all are in, or all were chased just now."""
    if not list(missing):
        raise Refusal("nobody_missing", "应报的乡镇都已报来，不用催", field="unit", source="催报", status=409)
    if len(list(resting)) == len(list(missing)):
        raise Refusal(
            "chased_recently",
            "这些乡镇 30 分钟内已经催过，过一会儿再催，或打电话",
            field="unit",
            source="催报",
            status=409,
        )
