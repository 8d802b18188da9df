"""The published division list: read it, understand its codes, write it into the area tree."""

from accounts.divisions.generated import generated_county
from accounts.divisions.pinyin import pinyin_of
from accounts.divisions.source import Division, SourceError, package_directory, read_divisions
from accounts.divisions.tree import LoadResult, load
from accounts.divisions.zones import ZoneResult, apply_zones

__all__ = [
    "Division",
    "LoadResult",
    "SourceError",
    "ZoneResult",
    "apply_zones",
    "generated_county",
    "load",
    "package_directory",
    "pinyin_of",
    "read_divisions",
]
