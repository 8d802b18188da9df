"""No lock file may name the host, mirror or folder of whoever made it, or fall behind its source.

python -m config.launcher.lockfiles         # prints what is wrong; exit code 1 when anything is
python -m config.launcher.lockfiles write   # lock and export again (needs the registries)
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = ("https://index.example/simple", "https://files.example/")
# file in requirements/ → what uv exports into it
EXPORTS = {
    "run.txt": ("--no-dev", "--extra", "embedded"),
    "dev.txt": ("--extra", "embedded", "--group", "dev"),
    "production.txt": ("--no-dev",),
    "node.txt": ("--only-group", "node"),
}
FOREIGN = re.compile(
    r"://|^\s*-(?:-index|-extra-index|-find-links|i |f |e )|file:|(?:^|[\s=@])[./~]+/", re.MULTILINE
)


def in_requirements(text: str) -> list[str]:
    """Lines of a requirements file that name a host, a folder or an index, or pin without a hash."""
    wrong = [line for line in text.splitlines() if FOREIGN.search(line)]
    for entry in re.split(r"\n(?=\S)", text.strip()):
        if entry and not entry.startswith("#") and "--hash=sha256:" not in entry:
            wrong.append(entry.splitlines()[0])
    return wrong


def addresses(value: Any) -> list[str]:
    """Every string that looks like an address or a folder, anywhere in parsed TOML or JSON."""
    if isinstance(value, dict):
        return [found for part in value.values() for found in addresses(part)]
    if isinstance(value, list):
        return [found for part in value for found in addresses(part)]
    return [value] if isinstance(value, str) and re.match(r"\w+://|/|\.\.?/", value) else []


def in_uv_lock(text: str) -> list[str]:
    """Addresses in uv.lock other than those of the public index; paths other than this project's own."""
    packages = tomllib.loads(text).get("package", [])
    return [found for found in addresses(packages) if not found.startswith(PUBLIC)]


def in_package_lock(text: str) -> list[str]:
    """Entries of package-lock.json that say where they were fetched, or have no integrity."""
    packages: dict[str, dict[str, Any]] = json.loads(text)["packages"]
    return [
        name
        for name, entry in packages.items()
        if name and ("resolved" in entry or "integrity" not in entry or "link" in entry)
    ]


def export(name: str, python: str = sys.executable) -> str:
    """What uv writes for one requirements file, from the lock alone."""
    return subprocess.run(
        [python, "-m", "uv", "export", "--quiet", "--frozen", "--no-emit-project", "--no-header",
         "--no-annotate", *EXPORTS[name]],
        cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "UV_FROZEN": "1"},
    ).stdout  # fmt: skip


def complaints() -> list[str]:
    """Everything that is wrong, one sentence each."""
    found = []
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        text = file.read_text()
        found += [f"requirements/{file.name}: {line.strip()}" for line in in_requirements(text)]
        if text != export(file.name):
            found.append(f"requirements/{file.name}: not what uv.lock says")
    found += [f"uv.lock: {line}" for line in in_uv_lock((ROOT / "uv.lock").read_text())]
    found += [
        f"package-lock.json: {name}" for name in in_package_lock((ROOT / "package-lock.json").read_text())
    ]
    return found


def write() -> None:
    """Lock again from pyproject.toml and export every requirements file."""
    subprocess.run([sys.executable, "-m", "uv", "lock", "--quiet"], cwd=ROOT, check=True)
    for name in EXPORTS:
        (ROOT / "requirements" / name).write_text(export(name))


def main(arguments: list[str]) -> int:
    if arguments == ["write"]:
        write()
    found = complaints()
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
