"""The number of an export in the order of its rows: of a personal list that lost its foot and its properties.

Rows that the sort key leaves equal may stand either way round. Each pair of such neighbours says one bit of the number;
which bit follows from the pair itself, so that a list that was cropped or copied still says most of them.
"""

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import groupby
from typing import TypeVar

Row = TypeVar("Row")
BITS = 32


def arrange(
    rows: Sequence[Row], *, tie: Callable[[Row], object], name: Callable[[Row], str], number: int, key: bytes
) -> list[Row]:
    """The same rows, ordered so that equal neighbours say `number`.

    `rows` are sorted by `tie`; `name` tells a row apart within its group. `number` is used modulo 2**32.
    """
    arranged: list[Row] = []
    for _, group in groupby(rows, tie):
        members = sorted(group, key=lambda row: _digest(key, name(row)))
        for first in range(0, len(members), 2):
            pair = members[first : first + 2]
            if len(pair) == 2 and _says(pair, name, key, number):
                pair.reverse()
            arranged += pair
    return arranged


def agreement(
    seen: Sequence[str], rows: Sequence[Row], *, tie: Callable[[Row], object], name: Callable[[Row], str],
    number: int, key: bytes,
) -> tuple[int, int]:  # fmt: skip
    """(pairs that say `number`, pairs still readable) in a leaked list of names; `rows` are those of the export."""
    place = {word: position for position, word in enumerate(seen)}
    agreed = readable = 0
    for _, group in groupby(rows, tie):
        members = sorted(group, key=lambda row: _digest(key, name(row)))
        for first in range(0, len(members) - 1, 2):
            pair = members[first : first + 2]
            places = [place[name(row)] for row in pair if name(row) in place]
            if len(places) < 2:
                continue
            readable += 1
            agreed += (places[0] > places[1]) == _says(pair, name, key, number)
    return agreed, readable


def _says(pair: Sequence[Row], name: Callable[[Row], str], key: bytes, number: int) -> bool:
    """Whether the pair stands reversed for this number."""
    mark = _digest(key, "\n".join(name(row) for row in pair))
    return bool((number >> (mark[0] % BITS) & 1) ^ (mark[1] & 1))


def _digest(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), sha256).digest()
