"""run.py bench: the benchmarks on servers of their own with the ordinary settings (fsync on)."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from config.launcher import application, binaries, services, testdb
from config.launcher.errors import LaunchError
from config.launcher.preflight import ROOT, refuse_full_disk


def run(arguments: list[str]) -> int:
    """`arguments` go to `python -m benchmarks`; the database starts empty and is thrown away."""
    if not (ROOT / "benchmarks" / "__main__.py").exists():
        raise LaunchError("没有 benchmarks。", "There are no benchmarks in this copy.")
    if not binaries.all_postgres():
        raise LaunchError("本机没有 PostgreSQL。", "There is no PostgreSQL server here.")
    testdb.sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{testdb.PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    refuse_full_disk(folder, 4000)
    (folder / "logs").mkdir()
    try:
        with services.both(folder) as (servers, _):
            env = application.environment(folder, servers)
            application.prepare_database(env, folder)
            return testdb.run([sys.executable, "-m", "benchmarks", *arguments], env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
