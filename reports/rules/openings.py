"""退回 and 重开: how long, and in whose words. Every moment is aware and the database's."""

import datetime
from typing import Final

from accounts.errors import Refusal
from reports.rules.timing import SHANGHAI

LONGEST: Final = datetime.timedelta(days=7)


def require_reason(reason: str) -> str:
    """The reason without blanks around it; refuses none at all and one too long for its column."""
    text = reason.strip()
    if not text:
        raise Refusal("reason_required", "写明退回或重开的理由", field="reason", source="日报状态")
    if len(text) > 200:
        raise Refusal("reason_too_long", "理由最多 200 字", field="reason", source="日报状态")
    return text


def require_end(
    ends_at: datetime.datetime | None, now: datetime.datetime, latest: datetime.datetime | None = None
) -> datetime.datetime:
    """The end of a re-opening: after now, within a week, and not after the end of the county's own (`latest`)."""
    if ends_at is None or ends_at <= now:
        raise Refusal(
            "end_required", "重开要写明到什么时候为止，且在现在以后", field="ends_at", source="日报状态"
        )
    if ends_at > now + LONGEST:
        raise Refusal("end_too_late", "重开最长 7 天，到期可以再次重开", field="ends_at", source="日报状态")
    if latest is not None and ends_at > latest:
        raise Refusal(
            "end_after_county",
            f"市级给本县重开到 {latest.astimezone(SHANGHAI):%m-%d %H:%M}，乡镇不能更晚",
            field="ends_at",
            source="县级上报",
        )
    return ends_at


def read_end(text: str) -> datetime.datetime | None:
    """The moment typed into a form (`2026-12-18T16:00`, time of Asia/Shanghai); None for anything else."""
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)
    except OverflowError:
        return None
