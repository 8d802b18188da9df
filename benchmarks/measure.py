"""Times a function in a process of its own and reports seconds, rows and peak memory.

    python -m benchmarks.measure '{"call": "benchmarks.imports:ours", "options": {...}}'

runs one call and prints JSON. The parent uses `measured()`; a warm connection and loaded modules are part of
neither side's time (imports happen before the clock starts), a cold operating system cache is not simulated.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CLEAR = Path("/proc/self/clear_refs")
LONGEST = 400  # seconds that one call may take


@dataclass
class Result:
    """One line of the table: ours beside a peer.

    `ratio` is how many times better ours is than the peer (time: peer / ours; rate: ours / peer). `target` is
    written as "≥25×" (of the ratio) or "≤150 ms" (of ours, in `unit`), then anything else for the reader.
    """

    name: str
    ours: float
    unit: str = "s"
    peer_name: str = ""
    peer: float | None = None
    ratio: float | None = None
    peak_mb: int = 0
    rows: int = 0
    base_mb: int = 0
    peer_peak_mb: int = 0
    target: str = ""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target holds; None where there is none."""
        found = re.match(r"([≥≤])([\d.]+)(×?)", self.target)
        if not found:
            return None
        value = self.ratio if found[3] else self.ours
        if value is None:
            return None
        return value >= float(found[2]) if found[1] == "≥" else value <= float(found[2])

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


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


def measured(call: str, *, repeat: int = 3, worker: bool = False, **options: Any) -> Timing:
    """Run `module:function(**options)` `repeat` times, each in a fresh process; `worker`: as the worker's role.

    A run that takes longer than `LONGEST` is stopped and counts as that long: `detail` then says so.
    """
    try:
        runs = [_run(call, options, worker=worker) for _ in range(repeat)]
    except subprocess.TimeoutExpired:
        return Timing(seconds=LONGEST, peak_mb=0, rows=0, detail={"stopped": f"stopped after {LONGEST} s"})
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
        ours=round(ours.seconds, 4),
        peer_name=peer_name,
        peer=round(peer.seconds, 4),
        ratio=round(peer.seconds / ours.seconds, 2),
        peak_mb=ours.peak_mb,
        rows=ours.rows,
        base_mb=ours.base_mb,
        peer_peak_mb=peer.peak_mb,
        target=target,
        note="; ".join(filter(None, [note, peer.detail.get("stopped", ""), ours.detail.get("stopped", "")])),
    )


def beside(
    name: str, ours: float, peer_name: str, peer: float, *, unit: str = "ms", target: str = "", note: str = ""
) -> Result:
    """A result line from two figures; a unit that ends in /s is a rate (more is better)."""
    ratio = ours / peer if unit.endswith("/s") else peer / ours
    return Result(
        name, round(ours, 3), unit, peer_name, round(peer, 3), round(ratio, 2), target=target, note=note
    )


def alone(name: str, ours: float, *, unit: str = "ms", target: str = "", note: str = "") -> Result:
    """A figure without a peer."""
    return Result(name, round(ours, 3), unit, target=target, note=note)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _run(call: str, options: dict[str, Any], *, worker: bool) -> dict[str, Any]:
    order = json.dumps({"call": call, "options": options})
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure", order], capture_output=True, text=True, check=False,
        env={**os.environ, "CUNXUAN_PROCESS": "worker" if worker else "web"}, timeout=LONGEST,
    )  # fmt: skip
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

    from config.heap import keep_what_is_loaded  # noqa: PLC0415

    django.setup()
    order = json.loads(sys.argv[1])
    function = _function(order["call"])
    prepare = getattr(function, "prepare", None)
    if prepare:
        prepare(**order["options"])
    for connection in connections.all():
        connection.ensure_connection()
    keep_what_is_loaded()  # as our processes do; the peers are measured in the same way
    forget_peak()
    base = own_peak() // 1024
    start = time.perf_counter()
    answer = function(**order["options"]) or {}
    seconds = time.perf_counter() - start
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak = max(own_peak(), children) // 1024
    figures = {"seconds": seconds, "peak_mb": peak, "rows": answer.get("rows", 0), "base_mb": base}
    print(json.dumps({**figures, "detail": answer}))


def forget_peak() -> None:
    """Start the high-water mark anew: a child begins with its parent's, and preparing is not measured."""
    if CLEAR.exists():
        CLEAR.write_text("5")


def own_peak() -> int:
    """Highest resident memory of this process in KB since `forget_peak`."""
    if CLEAR.exists():
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
