"""How figures, dates and moments are written on every screen. Pure functions, no database, no HTML."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

MINUS = "−"
WEEKDAYS = "一二三四五六日"
Number = int | float | Decimal


def num(value: Number | str | None) -> str:
    """1402 -> '1,402'; -3 -> '−3' with a true minus; None -> ''. Text stays as it is."""
    if value is None or isinstance(value, str):
        return value or ""
    text = f"{abs(value):,}"
    return f"{MINUS}{text}" if value < 0 else text


def rate(value: Number | None) -> str:
    """A rate in percent with one decimal, half up: 85.85 -> '85.9'. None (no denominator) -> '／'."""
    if value is None or value == "":
        return "／"
    rounded = Decimal(str(value)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,}"
    return f"{MINUS}{text}" if rounded < 0 else text


def delta(value: Number | None) -> str:
    """A change: 3 -> '+3', -3 -> '−3', 0 -> '0', None -> ''."""
    if value is None or value == "":
        return ""
    return f"+{num(value)}" if value > 0 else num(value)


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    return timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value


def day(value: dt.date | None) -> str:
    """Dates in tables: '12-18'."""
    return "" if value is None else f"{_local(value):%m-%d}"


def day_long(value: dt.date | None) -> str:
    """Dates in titles: '12月18日 星期四'."""
    if value is None:
        return ""
    local = _local(value)
    return f"{local.month}月{local.day}日 星期{WEEKDAYS[local.weekday()]}"


def moment(value: dt.datetime | None) -> str:
    """A moment with its date: '12-18 16:58'."""
    return "" if value is None else f"{_local(value):%m-%d %H:%M}"


def moment_full(value: dt.datetime | None) -> str:
    """A moment for titles, receipts and print: '2025-12-18 16:58:07'."""
    return "" if value is None else f"{_local(value):%Y-%m-%d %H:%M:%S}"


def recorded(value: dt.datetime) -> str:
    """The recorded moment a table stands for: '截至 2025-12-18 16:58:07 的记录'."""
    return f"截至 {moment_full(value)} 的记录"
