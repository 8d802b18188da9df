"""Small marks, built without a template because tables repeat them thousands of times."""

from __future__ import annotations

import datetime as dt
from functools import cache, lru_cache
from typing import Any

from django.template import Library, TemplateSyntaxError
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts import clocks, formats

from .words import COLOURS, ICONS, STATES, WORDS, pick

register = Library()


@cache
def draw(name: str, css: str = "ic") -> SafeString:
    """Markup of a drawing; a grid repeats it thousands of times, so it is made once."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"></use></svg>',
        css,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str, small: bool = False) -> SafeString:
    """One drawing of `static/img/icons.svg`; never the only bearer of a meaning."""
    if name not in ICONS:
        raise TemplateSyntaxError(f"icon {name!r} is not in static/img/icons.svg")
    return draw(name, "ic sm" if small else "ic")


@register.simple_tag
def chip(state: str, text: str = "") -> SafeString:
    """A state chip; `text` replaces the usual word ('已报 16:58')."""
    css, drawing, word, _ = pick(STATES, state, "state")
    return format_html('<span class="st {}">{}{}</span>', css, draw(drawing) if drawing else "", text or word)


@register.simple_tag
def daycell(
    state: str, count: int | None = None, url: str = "", label: str = "", confirmed: bool = False
) -> SafeString:
    """One cell of the unit × day grid. `count` makes it a higher unit ('迟2'); `label` is read out.

    `confirmed` draws the line under a day that the level above has handed on.
    """
    css, body = _daycell(state, count, label)
    css = f"{css} up" if confirmed else css
    if url:
        return format_html('<a class="dc {}" href="{}">{}</a>', css, url, body)
    return format_html('<span class="dc {}">{}</span>', css, body)


@lru_cache(maxsize=1024)
def _daycell(state: str, count: int | None, label: str) -> tuple[str, SafeString]:
    css, _, word, mark = pick(STATES, state, "state")
    if state == "filed" and count is None:
        inner: str = draw("check", "ic sm")
    else:
        inner = f"{mark}{count}" if count and state != "filed" else mark
    said = format_html('<span class="sr-only">{}</span>', label or word)
    return css, format_html('<span aria-hidden="true">{}</span>{}', inner, said)


@register.simple_tag
def risk(colour: str, text: str = "") -> SafeString:
    """Shape, word and colour of a village; `text` replaces the word ('橙 66 分')."""
    css, word = pick(COLOURS, colour, "colour")
    shape = format_html(
        '<svg aria-hidden="true"><use href="{}#s-{}"></use></svg>', static("img/icons.svg"), css
    )
    return format_html('<span class="rk {}">{}{}</span>', css, shape, text or word)


@register.simple_tag
def clock(
    due: dt.datetime | None, now: dt.datetime | None = None, label: str = "", in_list: bool = False
) -> SafeString:
    """Time left or over; `label` stands before it ('17:00 截止'). The moment is in the title and on paper."""
    if due is None:
        return mark_safe("")
    face = clocks.read_clock(due, now or timezone.now(), in_list=in_list)
    return format_html(
        '<span class="{}" title="{}">{}{}{}<span class="print-only">（{}）</span></span>',
        f"ck {face.kind}".strip(),
        formats.moment_full(due),
        "" if face.kind == clocks.PAST else draw("clock"),
        f"{label}，" if label else "",
        face.text,
        formats.moment(due),
    )


@register.simple_tag
def cell(value: Any = None, mark: str = "") -> SafeString:
    """A figure, a grey 0, or one of ／ 未到 未报 不详 阻断. Nothing at all means 未报."""
    if mark or value is None or value == "":
        key = mark or "unreported"
        if key == "zero":
            raise TemplateSyntaxError("a zero is a value, not a mark")
        css, word, _ = pick(WORDS, key, "mark")
        return format_html(
            '<span class="{}">{}{}</span>', css, draw("lock", "ic sm") if key == "blocked" else "", word
        )
    if isinstance(value, bool):
        return format_html("{}", "是" if value else "否")
    if isinstance(value, dt.date):
        return conditional_escape(formats.day(value))
    if value == 0:
        return mark_safe('<span class="z">0</span>')
    return conditional_escape(formats.num(value) if isinstance(value, formats.Number) else value)


@register.simple_tag
def drill_number(value: int | None, url: str = "", wanted: bool = False, mark: str = "") -> SafeString:
    """A figure with its door: underlined when `wanted`, on hover otherwise; zero and words have no door."""
    body = cell(value, mark)
    if not url or mark or not value:
        return body
    return format_html('<a class="{}" href="{}">{}</a>', "dn b" if wanted else "dnh", url, body)


@register.simple_tag
def meter(value: float, maximum: float, label: str, wide: bool = False) -> SafeString:
    """A bar of `value` out of `maximum`; `label` is read out. Needs no style attribute."""
    return format_html(
        '<progress class="{}" value="{}" max="{}" aria-label="{}"></progress>',
        "meter wide" if wide else "meter",
        value,
        maximum or 1,
        label,
    )


@register.simple_tag
def legend(words: str = "zero na not_reached unreported unknown blocked") -> SafeString:
    """The legend under a table, only for the words it uses."""
    items = (
        (cell(0) if key == "zero" else cell(None, key), pick(WORDS, key, "mark")[2]) for key in words.split()
    )
    return format_html('<ul class="lgd in">{}</ul>', format_html_join("", "<li>{} {}</li>", items))


@register.simple_tag
def button(
    text: str,
    kind: str = "",
    icon: str = "",
    href: str = "",
    name: str = "",
    value: str = "",
    small: bool = False,
    key: str = "",
    why_not: str = "",
    form: str = "",
    act: str = "submit",
) -> SafeString:
    """A button or a link that looks like one.

    `kind`: '' or 'primary' (one per page). `why_not` disables it and says why in the label: 启封（未齐）.
    `key` shows the keyboard short cut. `act`: submit, button, reset, print.
    """
    if kind not in ("", "primary"):
        raise TemplateSyntaxError(f"button kind {kind!r} is not '' or 'primary'")
    if act not in ("submit", "button", "reset", "print"):
        raise TemplateSyntaxError(f"button act {act!r} is not submit, button, reset or print")
    if icon and icon not in ICONS:
        raise TemplateSyntaxError(f"icon {icon!r} is not in static/img/icons.svg")
    css = " ".join(filter(None, ("btn", "pri" if kind else "", "sm" if small else "")))
    body = format_html(
        "{}{}{}{}",
        draw(icon) if icon else "",
        text,
        f"（{why_not}）" if why_not else "",
        format_html("<kbd>{}</kbd>", key) if key else "",
    )
    if href and not why_not:
        return format_html('<a class="{}" href="{}">{}</a>', css, href, body)
    pairs = [("name", name), ("value", value), ("form", form)]
    extra = format_html_join("", ' {}="{}"', ((left, right) for left, right in pairs if right))
    flags = mark_safe(" disabled") if why_not else mark_safe(" data-print") if act == "print" else ""
    kind_of = "button" if act == "print" or (href and why_not) else act
    return format_html('<button type="{}" class="{}"{}{}>{}</button>', kind_of, css, extra, flags, body)
