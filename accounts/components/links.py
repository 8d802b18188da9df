"""Links that keep the unit in force, and vendored files that may be missing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template import Context, Library
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = Library()


@register.simple_tag(takes_context=True)
def url_with_unit(context: Context, name: str, *args: object, **kwargs: object) -> str:
    """Like `{% url %}`, and keeps the unit in force in the link."""
    shell = context.get("shell")
    return reverse(name, args=args, kwargs=kwargs) + (shell.suffix if shell else "")


@cache
def _exists(path: str) -> bool:
    """Whether a file was fetched; looked up once per process."""
    found = finders.find(path)
    return bool(found) and Path(str(found)).is_file()


@register.simple_tag
def vendor_css(path: str) -> SafeString:
    """Link of a vendored style sheet, or nothing when it was not fetched: our own sheets stand alone."""
    if not _exists(path):
        return mark_safe("")
    return format_html('<link rel="stylesheet" href="{}">', static(path))


@register.simple_tag
def vendor_js(path: str) -> SafeString:
    """Script tag of a vendored script, or nothing when it was not fetched."""
    if not _exists(path):
        return mark_safe("")
    return format_html('<script src="{}" defer></script>', static(path))
