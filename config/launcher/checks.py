"""run.py check: everything that must hold before a push, in one list; the tests come last."""

import os
import subprocess
import sys
import time

from config.launcher import preflight, testdb, tests
from config.launcher.console import say

PYTHON = sys.executable
PACKAGES = ("accounts", "candidates", "config", "elections", "reports", "risk", "supervision")
STEPS: dict[str, list[str]] = {
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "lint": [PYTHON, "-m", "ruff", "check", "."],
    "types": [PYTHON, "-m", "mypy"],
    "imports": ["lint-imports"],
    "templates": [PYTHON, "-m", "djlint", "--lint", "--quiet", "templates"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment": [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "lock files": [PYTHON, "-m", "config.launcher.lockfiles"],
    "compose file": ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    "Dockerfile": ["hadolint", "deploy/Dockerfile"],
    "security": [
        PYTHON,
        "-m",
        "bandit",
        "--quiet",
        "--configfile",
        "pyproject.toml",
        "--recursive",
        *PACKAGES,
    ],
}
PRODUCTION = {
    "CUNXUAN_PRODUCTION": "1",
    "SECRET_KEY": "only-for-the-check-" + "k7Qz" * 16,
    "ALLOWED_HOSTS": "x.example",
}


def passes(name: str, environment: dict[str, str]) -> bool:
    """Run one check; its output is shown only when it fails."""
    started = time.monotonic()
    extra = PRODUCTION if name == "deployment" else {}
    path = f"{os.path.dirname(PYTHON)}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        STEPS[name], cwd=preflight.ROOT, env={**os.environ, **environment, **extra, "PATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    good = done.returncode == 0
    say(f"{'ok    ' if good else 'FAILED'} {name:13} {time.monotonic() - started:5.1f} s")
    if not good:
        say(done.stdout)
    return good


def run(arguments: list[str]) -> int:
    """Every check, then the tests unless --no-tests. All of them run, so one push mends all."""
    with testdb.servers() as environment:
        failed = [name for name in STEPS if not passes(name, environment)]
    if "--no-tests" not in arguments:
        code = tests.run([argument for argument in arguments if argument != "--no-tests"])
        if code:
            failed.append("tests")
    if failed:
        say(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0
