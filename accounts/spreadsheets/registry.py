"""Sheets that may be imported and exported, filled by each app in `AppConfig.ready()`."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.spreadsheets.resources import SheetResource


@dataclass(frozen=True)
class Registered:
    """A sheet under its URL name, who may import it, who may export it."""

    name: str
    resource_class: type[SheetResource]
    roles: tuple[str, ...]
    export_roles: tuple[str, ...]
    back_url: str = ""

    @property
    def label(self) -> str:
        return self.resource_class.label

    @property
    def row_word(self) -> str:
        return self.resource_class.row_word

    @property
    def template_note(self) -> str:
        return self.resource_class.template_note


_registered: dict[str, Registered] = {}


def register_resource(
    name: str,
    resource_class: type[SheetResource],
    roles: tuple[str, ...],
    export_roles: tuple[str, ...] = (),
    back_url: str = "",
) -> None:
    """Open `/imports/<name>/` to `roles` and the export of the same sheet to `export_roles` (default: `roles`).

    `back_url` is where the user goes after a written import (a path).
    """
    readers = tuple(dict.fromkeys((*map(str, export_roles), *map(str, roles))))
    entry = Registered(name, resource_class, tuple(map(str, roles)), readers, back_url)
    known = _registered.get(name)
    if known is not None and known.resource_class is not resource_class:
        raise ValueError(f"sheet {name} is registered twice")
    _registered[name] = entry


def registered(name: str) -> Registered | None:
    return _registered.get(name)
