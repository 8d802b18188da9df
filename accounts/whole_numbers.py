"""Whole numbers in addresses and forms: `isdigit()` lets '²' through and `int()` refuses 5,000 digits."""

from typing import Final

LARGEST_KEY: Final = 2**63 - 1


def whole_number(text: str, *, most: int = LARGEST_KEY) -> int | None:
    """The number that `text` writes in the digits 0-9, or None when it is none or larger than `most`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    number = int(text)
    return number if number <= most else None
