"""Recorded moments: read from an address, and settled before what was known then is read (docs/decisions/0012)."""

import datetime
from typing import Any, Final

from django.db import connections
from django.utils import timezone

from accounts.errors import Refusal

LATEST: Final = "latest"  # in an address: what is known now


def read_moment(text: str, now: datetime.datetime) -> datetime.datetime:
    """The recorded moment in a URL, China time where no offset is written; refuses another shape and the future."""
    try:
        # A plus sign of an offset arrives as a space where it was not escaped.
        written = text.replace(" ", "+") if "T" in text else text
        moment = datetime.datetime.fromisoformat(written)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_default_timezone())
        moment.astimezone(datetime.UTC)  # the first and last days of all have no other zone
    except (ValueError, OverflowError):
        raise Refusal(
            "moment_unreadable",
            f"“{text[:40]}”不是时刻。时刻写成 2026-12-18T17:00",
            field="as_of",
            source="时点",
            status=404,
        ) from None
    if moment > now:
        raise _not_come()
    return moment


def _not_come() -> Refusal:
    return Refusal(
        "moment_not_come", "这个时刻还没到，选现在或以前的时刻", field="as_of", source="时点", status=404
    )


def asked_moment(query: Any) -> datetime.datetime | None:
    """The moment `as_of` of an address, by the clock of this machine; None for none and for `latest`."""
    text = query.get("as_of", "")
    return None if text in ("", LATEST) else read_moment(text, timezone.now())


def moment_text(moment: datetime.datetime | None) -> str:
    """A moment as an address carries it: China time, to the second where it is not a whole minute."""
    if moment is None:
        return ""
    local = timezone.localtime(moment).replace(tzinfo=None)
    return local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")


def moment_query(moment: datetime.datetime | None) -> dict[str, str]:
    """What an address says of the moment; nothing for none."""
    return {"as_of": moment_text(moment)} if moment else {}


def stamp(table: str) -> datetime.datetime:
    """The database's clock for a time that a change of a row of `table` writes; holds the table's lock to the commit."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT moment_stamp(%s)", [table])
        return cursor.fetchone()[0]


def settle(tables: tuple[str, ...], moment: datetime.datetime | None = None) -> None:
    """Let those commit that have stamped a row of `tables` by now; refuses when that takes longer than a lock may.

    `moment` that the clock of another machine let through: refused where the database's own has not reached it, since
    rows could still be stamped before it.
    """
    with connections["default"].cursor() as cursor:
        # The clock is read first: who takes the lock afterwards stamps later.
        cursor.execute(
            "SELECT coalesce(clock_timestamp() >= %s, true), moment_settled(VARIADIC %s)",
            [moment, list(tables)],
        )
        come, settled = cursor.fetchone()
    if not come:
        raise _not_come()
    if not settled:
        raise Refusal(
            "moment_not_settled",
            "这一刻前后正有数据在存，还没存完，请过几秒再看",
            field="as_of",
            source="时点",
            status=409,
        )
