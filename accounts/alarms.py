"""Alarms: conditions an administrator must see. Each has a code, a Chinese label and, mostly, a probe.

A probe reads figures and returns a `Reading`; all probes are shown on /system/health/ and run by a timer,
which sounds those that are not well. `sound()` is for events that no probe can find afterwards.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

logger = logging.getLogger("cunxuan.alarm")


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True)
class Reading:
    """What a probe found: how bad, the figure as text, and what to do."""

    level: Level
    value: str
    advice: str = ""


Probe = Callable[[], Reading]


@dataclass(frozen=True)
class Alarm:
    code: str
    label: str
    probe: Probe | None = None


_alarms: dict[str, Alarm] = {}


def register(code: str, label: str, probe: Probe | None = None) -> Alarm:
    """Declare an alarm; a code is declared once."""
    alarm = Alarm(code, label, probe)
    known = _alarms.get(code)
    if known is not None and known != alarm:
        raise ValueError(f"alarm {code} is registered twice")
    _alarms[code] = alarm
    return alarm


def registered() -> tuple[Alarm, ...]:
    return tuple(_alarms.values())


def sound(code: str, **facts: int | str) -> None:
    """Log an alarm with ids as facts; the log shipper carries it to the people on duty."""
    if code not in _alarms:
        raise LookupError(f"alarm {code} is not registered")
    logger.error("alarm", extra={"alarm": code, "facts": facts})


def readings() -> list[tuple[Alarm, Reading]]:
    """Run every probe, in the order of registration."""
    return [(alarm, alarm.probe()) for alarm in _alarms.values() if alarm.probe is not None]


def grade(value: float | None, *, warn: float, alarm: float) -> Level:
    """Level of a figure that is worse when higher; no figure at all is an alarm."""
    if value is None or value >= alarm:
        return Level.ALARM
    return Level.WARNING if value >= warn else Level.OK
