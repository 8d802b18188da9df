"""`{% load ui %}`: every component and every way of writing a figure. How to use them: `docs/ui.md`.

Each component declares its parameters, so a misspelt one is refused when the template is compiled.
"""

from __future__ import annotations

from django.template import Library

from accounts import formats
from accounts.components import blocks, links, marks, pieces, saved

register = Library()

for _part in (marks, pieces, blocks, links, saved):
    register.tags.update(_part.register.tags)
    register.filters.update(_part.register.filters)

for _name in ("num", "rate", "delta", "day", "day_long", "moment", "moment_full"):
    register.filter(_name, getattr(formats, _name))
