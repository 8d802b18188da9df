"""Times a function in a process of its own and reports seconds, rows and peak memory.

    python -m benchmarks.measure '{"call": "benchmarks.imports:ours", "options": {...}}'

runs one call and prints JSON. The parent uses `measured()`; a warm connection and loaded modules are part of
neither side's time (imports happen before the clock starts), a cold operating system cache is not simulated.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Result:
    """One line of the table: ours beside a peer. `ratio` is peer seconds over ours (above 1: we are faster)."""

    name: str
    ours_seconds: float
    peer_name: str = ""
    peer_seconds: float | None = None
    ratio: float | None = None
    peak_mb: int = 0
    rows: int = 0
    base_mb: int = 0
    peer_peak_mb: int = 0
    target: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Timing:
    """Median seconds and highest peak of the repeated runs of one call; `detail` is what the call returned.

    `base_mb` is what the process held before the call: Django and the applications.
    """

    seconds: float
    peak_mb: int
    rows: int
    detail: dict[str, Any]
    base_mb: int = 0


def measured(call: str, *, repeat: int = 3, **options: Any) -> Timing:
    """Run `module:function(**options)` `repeat` times, each in a fresh process."""
    runs = [_run(call, options) for _ in range(repeat)]
    return Timing(
        seconds=statistics.median(run["seconds"] for run in runs),
        peak_mb=max(run["peak_mb"] for run in runs),
        rows=runs[-1]["rows"],
        detail=runs[-1]["detail"],
        base_mb=runs[-1]["base_mb"],
    )


def compared(
    name: str, ours: Timing, peer_name: str, peer: Timing, *, target: str = "", note: str = ""
) -> Result:
    """A result line from two timings."""
    return Result(
        name=name,
        ours_seconds=round(ours.seconds, 4),
        peer_name=peer_name,
        peer_seconds=round(peer.seconds, 4),
        ratio=round(peer.seconds / ours.seconds, 2),
        peak_mb=ours.peak_mb,
        rows=ours.rows,
        base_mb=ours.base_mb,
        peer_peak_mb=peer.peak_mb,
        target=target,
        note=note,
    )


def _run(call: str, options: dict[str, Any]) -> dict[str, Any]:
    order = json.dumps({"call": call, "options": options})
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "benchmarks.measure", order], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{call} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _function(call: str) -> Callable[..., Any]:
    module, _, name = call.partition(":")
    return getattr(importlib.import_module(module), name)


def main() -> None:
    """Child: set Django up, run the call once, print seconds, peak memory (with children) and its answer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    django.setup()
    order = json.loads(sys.argv[1])
    function = _function(order["call"])
    prepare = getattr(function, "prepare", None)
    if prepare:
        prepare(**order["options"])
    for connection in connections.all():
        connection.ensure_connection()
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    start = time.perf_counter()
    answer = function(**order["options"]) or {}
    seconds = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = max(own, children) // 1024
    print(
        json.dumps(
            {
                "seconds": seconds,
                "peak_mb": peak,
                "rows": answer.get("rows", 0),
                "base_mb": base,
                "detail": answer,
            }
        )
    )


if __name__ == "__main__":
    main()
