"""What a person sees while the launcher works."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    print(text, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """One line for one piece of work: what it is, and how long it took."""
    started = time.monotonic()
    say(f"· {text} …")
    yield
    taken = time.monotonic() - started
    if taken >= 1:
        say(f"  {taken:.1f} s")
