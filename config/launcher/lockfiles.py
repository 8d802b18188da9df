"""No lock file may name the host, mirror or folder of whoever made it, or fall behind its source.

python -m config.launcher.lockfiles         # prints what is wrong; exit code 1 when anything is
python -m config.launcher.lockfiles write   # lock and export again (needs the registries)
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# file in requirements/ → what uv exports into it
EXPORTS = {
    "run.txt": ("--no-dev", "--extra", "embedded", "--extra", "pdf"),
    "dev.txt": ("--extra", "embedded", "--extra", "pdf", "--group", "dev"),
    "production.txt": ("--no-dev", "--extra", "pdf"),
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


def declared(name: str, project: dict[str, Any]) -> list[str]:
    """`name==version` of everything pyproject.toml pins for one requirements file."""
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"]
    own, embedded = [*project["project"]["dependencies"], *extras["pdf"]], extras["embedded"]
    wanted = {
        "run.txt": [*own, *embedded],
        "dev.txt": [*own, *embedded, *groups["dev"]],
        "production.txt": own,
        "node.txt": groups["node"],
    }[name]
    pins = (re.match(r"([\w.-]+)(?:\[.*\])?==([^;\s]+)", line) for line in wanted if isinstance(line, str))
    return [f"{re.sub(r'[-_.]+', '-', pin[1]).lower()}=={pin[2]}" for pin in pins if pin]


def behind(name: str, text: str, project: dict[str, Any]) -> list[str]:
    """Pins of pyproject.toml that a requirements file lacks."""
    listed = set(re.findall(r"^([\w.-]+==[^\s;\\]+)", text, re.MULTILINE))
    return [pin for pin in declared(name, project) if pin not in listed]


def in_package_lock(text: str) -> list[str]:
    """Entries of package-lock.json that say where they were fetched, or have no integrity."""
    packages: dict[str, dict[str, Any]] = json.loads(text)["packages"]
    return [
        name
        for name, entry in packages.items()
        if name and ("resolved" in entry or "integrity" not in entry or "link" in entry)
    ]


def complaints() -> list[str]:
    """Everything that is wrong, one sentence each."""
    found = []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name in EXPORTS:
        text = (ROOT / "requirements" / name).read_text()
        found += [f"requirements/{name}: {line.strip()}" for line in in_requirements(text)]
        found += [f"requirements/{name}: lacks {pin}" for pin in behind(name, text, project)]
    found += [
        f"package-lock.json: {name}" for name in in_package_lock((ROOT / "package-lock.json").read_text())
    ]
    return found


def write() -> None:
    """Resolve pyproject.toml for all platforms and write every requirements file.

    uv's own lock names the address of each file, so it is made in a folder of its own and not kept: the
    requirements with their hashes are what everybody installs from.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "pyproject.toml", folder)
        subprocess.run([sys.executable, "-m", "uv", "lock", "--quiet"], cwd=folder, check=True)
        for name, choice in EXPORTS.items():
            exported = subprocess.run(
                [sys.executable, "-m", "uv", "export", "--quiet", "--frozen", "--no-emit-project", "--no-header",
                 "--no-annotate", *choice],
                cwd=folder, capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip
            (ROOT / "requirements" / name).write_text(exported)


def main(arguments: list[str]) -> int:
    if arguments == ["write"]:
        write()
    found = complaints()
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
