"""A calendar of deadlines as RFC 5545 writes it. Pure: the moment of writing is an argument.

Lines end in CRLF and are folded at 75 octets, never inside a character; commas, semicolons, backslashes and line
breaks in texts are escaped; moments are local time of Asia/Shanghai, whose definition stands in the file, so that
no program guesses. The identity of an event is that of its clock without the due time: a moved due time moves the event.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from accounts.deadlines import Deadline

ZONE = ZoneInfo("Asia/Shanghai")
FOLD = 75
# How often a program should ask again; a deadline is known a day ahead.
REFRESH = "PT1H"
TIME_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Shanghai",
    "BEGIN:STANDARD",
    "DTSTART:19920101T000000",
    "TZOFFSETFROM:+0800",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def calendar_text(
    found: Iterable[Deadline], *, name: str, site: str, now: dt.datetime, leads: Iterable[int] = ()
) -> str:
    """The whole file. `site`: scheme and host before each address; `leads`: minutes before at which it sounds."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//cunxuan//deadlines//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "X-WR-TIMEZONE:Asia/Shanghai",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *TIME_ZONE,
        *(line for one in found for line in _event(one, site, now, tuple(leads))),
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(one: Deadline, site: str, now: dt.datetime, leads: tuple[int, ...]) -> Iterator[str]:
    if one.due is None:
        return
    yield "BEGIN:VEVENT"
    yield f"UID:{uid_of(one)}"
    yield f"DTSTAMP:{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    # A deadline is a moment: no end, and it makes nobody busy.
    yield f"DTSTART;TZID=Asia/Shanghai:{one.due.astimezone(ZONE):%Y%m%dT%H%M%S}"
    yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{escaped(f'{one.unit} {one.title}')}"
    yield f"DESCRIPTION:{escaped(one.text)}"
    yield f"CATEGORIES:{escaped(one.kind)}"
    yield f"URL:{site}{one.url}"
    for lead in leads:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escaped(one.text)}")
        yield from (f"TRIGGER:-PT{lead}M", "END:VALARM")
    yield "END:VEVENT"


def uid_of(one: Deadline) -> str:
    """The same for the same clock, whatever its due time has become."""
    return f"{one.code}-{one.area_id}-{one.about or 'x'}@cunxuan".replace(" ", "")


def escaped(text: str) -> str:
    """TEXT of RFC 5545, 3.3.11; other control characters have no place in it."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(sign for sign in text if sign >= " " and sign != "\x7f")


def folded(line: str) -> list[str]:
    """The line in parts of at most 75 octets; each part after the first begins with a blank that counts."""
    parts, part, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > FOLD:
            parts.append(part)
            part, size = " ", 1
        part, size = part + sign, size + octets
    return [*parts, part]
