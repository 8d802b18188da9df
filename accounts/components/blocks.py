"""Components with a body."""

from __future__ import annotations

from django.template import Context, Library
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .marks import draw
from .words import BANNERS, LEVEL_TO_BANNER, pick

register = Library()


@register.simple_block_tag
def banner(content: str, kind: str = "fact", code: str = "") -> SafeString:
    """The one state banner under the title: what holds, since when, what to do, code and source."""
    css, drawing = pick(BANNERS, kind, "banner kind")
    tail = format_html(' <span class="code">{}</span>', code) if code else ""
    role = "alert" if kind == "error" else "status"
    return format_html(
        '<div class="{}" role="{}">{}<div>{}{}</div></div>',
        f"banner {css}".strip(),
        role,
        draw(drawing),
        content,
        tail,
    )


@register.simple_block_tag(takes_context=True)
def confirm(
    context: Context,
    content: str,
    title: str,
    action: str,
    verb: str,
    back_url: str,
    reason: str = "",
    dialog_id: str = "",
    reason_length: int = 500,
) -> SafeString:
    """Ask before what cannot be undone alone. The button repeats the verb; 再看看 is the safe one.

    The body stands inside the form, so it may hold fields. `reason` names the reason that must be written instead of
    only agreeing, in at most `reason_length` characters. With `dialog_id` it is a <dialog>
    opened by a button with `data-dialog`; without JavaScript that button's own link leads to the page form.
    """
    data = locals() | {"csrf_token": context.get("csrf_token", "")}
    return render_to_string("components/confirm.html", {key: data[key] for key in data if key != "context"})


@register.filter
def banner_kind(level_tag: str) -> str:
    """Kind of banner for a Django message level."""
    return LEVEL_TO_BANNER.get(level_tag, "fact")
