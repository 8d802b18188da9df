"""python -m benchmarks [--quick] [names …]: measure, print a table, write benchmarks/results/<date>.json.

`run.py bench` starts it on servers of its own. Each bench prepares what it needs and may run alone. Seconds depend
on the machine and on what else it does; read the ratios.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# In the order in which they build on each other's data.
BENCHES = {
    "tree": "load the division tree",
    "filing": "file a township's day; the pages of the daily work",
    "deadline": "the last ten minutes before the cut-off: lost, doubled, refused",
    "lists": "list pages and search",
    "search": "the search of the top bar and the field for a unit",
    "audit": "sealing events, the cost of audit",
    "rollup": "totals of a day for a city, 62 thousand and all villages",
    "as_of": "the totals of a city as of any moment",
    "comments": "draft the comments of a day",
    "office": "one city workbook out of a township workbook each",
    "collected": "the day's workbooks of all townships, collected in one .zip",
    "exports": "plain lists as .xlsx",
    "imports": "village workbooks into the records",
}
RESULTS = Path(__file__).parent / "results"
SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "work_mem",
    "jit",
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py bench")
    parser.add_argument(
        "--quick", action="store_true", help="one city, small sizes, each thing once: ≤ 3 minutes"
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"only these: {', '.join(BENCHES)}")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    import django  # noqa: PLC0415

    django.setup()
    about = machine()
    print(f"\n{about['cores']} cores, {about['memory_gb']} GB, Python {about['python']}, "
          + ", ".join(f"{k} {v}" for k, v in about["postgresql"].items()))  # fmt: skip
    lines, failed = [], []
    for name in [name for name in BENCHES if not options.names or name in options.names]:
        started = time.monotonic()
        print(f"\n{name}: {BENCHES[name]}\n{HEADING}", flush=True)
        try:
            for result in importlib.import_module(f"benchmarks.{name}").run(quick=options.quick):
                lines.append({"bench": name, **result.to_json()})
                print(line(lines[-1]), flush=True)
        except (RuntimeError, OSError, DatabaseError, subprocess.SubprocessError):
            # What a server, a child or a wrong answer raises; the other benches keep their figures. A mistake in a
            # bench itself (a name, a type) ends the run.
            failed.append(name)
            traceback.print_exc()
        print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"\n{write(about, lines, failed, quick=options.quick)}")
    for result in lines:
        if result["met"] is False:
            print(f"target missed: {result['name']} against {result['peer_name'] or result['target']}: "
                  f"{result['note'] or 'no reason noted'}")  # fmt: skip
    return 1 if failed else 0


HEADING = f"  {'':44}{'ours':>12}{'peer':>12}{'ratio':>9}  {'MB':>9}  target"


def line(result: dict[str, Any]) -> str:
    """One line of the table."""
    unit = result["unit"]
    peer = "" if result["peer"] is None else f"{result['peer']:,.4g} {unit}"
    ratio = "" if result["ratio"] is None else f"{result['ratio']:,.3g}×"
    memory = f"{result['peak_mb'] or ''}{'/' if result['peer_peak_mb'] else ''}{result['peer_peak_mb'] or ''}"
    met = {True: " met", False: " MISSED", None: ""}[result["met"]]
    text = f"  {result['name'][:44]:44}{result['ours']:>9,.4g} {unit:2}{peer:>12}{ratio:>9}  {memory:>9}  "
    text += f"{result['target']}{met}"
    for extra in (f"beside {result['peer_name']}" if result["peer_name"] else "", result["note"]):
        text += f"\n      {extra}" if extra else ""
    return text


def machine() -> dict[str, Any]:
    """What was measured on: cores, memory, versions, the database settings that decide."""
    from django.db import connections  # noqa: PLC0415

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT name, setting || coalesce(unit, '') FROM pg_settings WHERE name = ANY (%s)",
                       [list(SETTINGS)])  # fmt: skip
        found = dict(cursor.fetchall())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgresql": {name: found[name] for name in SETTINGS if name in found},
    }


def write(about: dict[str, Any], lines: list[dict[str, Any]], failed: list[str], *, quick: bool) -> Path:
    """Keep the figures; returns the file."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now().astimezone()
    path = RESULTS / f"{now:%Y-%m-%d-%H%M}.json"
    text = {"at": now.isoformat(), "quick": quick, "machine": about, "failed": failed, "results": lines}
    path.write_text(json.dumps(text, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
