"""Who may be chased now. Pure; now is the database's."""

import datetime
from collections.abc import Sequence
from typing import Final

from accounts.errors import Refusal

# So that two offices, or two clicks, do not ring at one township again and again.
PAUSE: Final = datetime.timedelta(minutes=30)


def is_resting(last: datetime.datetime | None, now: datetime.datetime) -> bool:
    """Whether a unit was chased less than half an hour ago; the half hour itself is over at its last moment."""
    return last is not None and now - last < PAUSE


def require_somebody(missing: Sequence[object], resting: Sequence[object]) -> None:
    """Refuse a chase that reaches nobody: all are in, or all were chased just now."""
    if not missing:
        raise Refusal("nobody_missing", "应报的乡镇都已报来，不用催", field="unit", source="催报", status=409)
    if len(resting) == len(missing):
        who = str(missing[0]) if len(missing) == 1 else f"这 {len(missing)} 个乡镇"
        raise Refusal(
            "chased_recently",
            f"{who} 30 分钟内已经催过，过一会儿再催，或打电话",
            field="unit",
            source="催报",
            status=409,
        )
