"""Larger pieces with a template in `templates/components/`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.forms import BoundField
from django.template import Library, TemplateSyntaxError
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.masked import Masked

from .words import PROBLEMS, pick

register = Library()

SELECTED = SafeString(" selected")
INVALID = SafeString(' aria-invalid="true"')


@register.inclusion_tag("components/figure.html")
def figure(
    label: str,
    value: Any,
    url: str = "",
    total: Any = None,
    unit: str = "",
    note: str = "",
    why_closed: str = "",
    colour: str = "",
) -> dict[str, Any]:
    """A key figure that opens (`url`), or says why it cannot (`why_closed`). Inside `<div class="k3">`."""
    if not url and not why_closed:
        raise TemplateSyntaxError(f"figure {label!r} needs a url, or why_closed")
    return locals()


@register.inclusion_tag("components/panel_head.html")
def panel_head(
    title: str, note: str = "", link_url: str = "", link_text: str = "", level: int = 2, id: str = ""
) -> dict[str, Any]:
    """Head of a panel; stands first inside `<section class="pan">`."""
    return locals()


@register.inclusion_tag("components/crumbs.html")
def crumbs(
    steps: list[tuple[str, str]], before: tuple[str, str] | None = None, after: tuple[str, str] | None = None
) -> dict[str, Any]:
    """Where we are: `[(name, url), …]`, the last one is here. `before` and `after` are the neighbours."""
    return locals()


@register.inclusion_tag("components/drill.html")
def drill(steps: list[tuple[str, str]]) -> dict[str, Any]:
    """Path of an opened number: 金华市 1,402 › 兰溪市 144 › 迟 17 个村."""
    return locals()


@register.inclusion_tag("components/filter_chips.html")
def filter_chips(chips: list[dict[str, str]], clear_url: str = "") -> dict[str, Any]:
    """Filters in force: `[{"label": "类型", "value": "社区", "remove_url": "?…"}]`."""
    return locals()


@register.inclusion_tag("components/pager.html")
def pager(
    shown: int, total: int | None = None, previous_url: str = "", next_url: str = "", unit: str = "行"
) -> dict[str, Any]:
    """Keyset pages: only 上一页 and 下一页, and how many are shown of how many."""
    return locals()


@register.inclusion_tag("components/segments.html")
def segments(options: list[tuple[str, str, bool]], label: str) -> dict[str, Any]:
    """Segmented control of links: `[(text, url, current), …]`; `label` is read out."""
    return locals()


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, text: str = "", link_url: str = "", link_text: str = "", level: int = 3
) -> dict[str, Any]:
    """One sentence of fact, the next due time, one link."""
    return locals()


@register.inclusion_tag("components/problem.html")
def problem(
    kind: str, text: str, where: str = "", where_url: str = "", code: str = "", head: str = ""
) -> dict[str, Any]:
    """One line: where ： what is wrong, with the value 。 what to do 。 code, source."""
    css, drawing, word = pick(PROBLEMS, kind, "problem kind")
    return {
        "css": css,
        "icon": drawing,
        "head": head or word,
        "text": text,
        "where": where,
        "where_url": where_url,
        "code": code,
    }


@register.inclusion_tag("components/both_texts.html")
def both_texts(rows: list[Any], keep_url: str, what: str = "") -> dict[str, Any]:
    """What I typed and what is stored now, after a stale save (accounts/both_texts.py); `keep_url` drops mine."""
    return locals()


@register.inclusion_tag("components/wizard.html")
def wizard(current: int, steps: str = "选文件 对列 核对 写入") -> dict[str, Any]:
    """Steps of an import; `current` counts from 1."""
    return {"steps": list(enumerate(steps.split(), start=1)), "current": current}


@register.inclusion_tag("components/progress.html")
def progress(
    name: str,
    done: int,
    total: int,
    detail: str = "",
    stage: str = "",
    left: str = "",
    unit: str = "行",
    poll_url: str = "",
    stop_url: str = "",
    csrf_token: str = "",
    result_url: str = "",
    failed: str = "",
    id: str = "",
) -> dict[str, Any]:
    """A long job. While `poll_url` is given the piece fetches itself again every two seconds."""
    return locals()


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, full: bool = False, optional: str = "") -> dict[str, Any]:
    """A form field with its label, help and error tied to it. `optional` is a word such as 可不填."""
    if not isinstance(bound, BoundField):
        raise TemplateSyntaxError("field needs a bound form field")
    kind = getattr(bound.field.widget, "input_type", "")
    grouped = bound.field.widget.use_fieldset
    return {
        "bound": bound,
        "full": full,
        "optional": optional,
        "check": kind == "checkbox" and not grouped,
        "grouped": grouped,
    }


@register.simple_tag
def masked(value: Masked, code: str, pk: int) -> SafeString:
    """A masked value with the way to look at it: `{% masked account.phone "account.phone" account.pk %}`."""
    if not value:
        return SafeString('<span class="na">未登记</span>')
    url = reverse("reveals:show", args=[*code.split("."), pk])
    return format_html('<span class="nb">{}</span> <a href="{}">查看</a>', value, url)


@register.simple_tag
def choices(bound: BoundField) -> SafeString:
    """A field's select, drawn at once: Django renders a template for each of its options."""
    options = _options(tuple(bound.field.choices), str(bound.value() or ""))
    refused = INVALID if bound.errors else ""
    return format_html(
        '<select name="{}" id="{}"{}>{}</select>', bound.html_name, bound.auto_id, refused, options
    )


@lru_cache(maxsize=512)  # a filter offers the same options in every request
def _options(offered: tuple[tuple[Any, Any], ...], chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((key, SELECTED if str(key) == chosen else "", label) for key, label in offered),
    )


@register.inclusion_tag("components/print_head.html")
def print_head(
    title: str,
    form_number: str = "",
    state: str = "工作稿",
    template_version: str = "",
    unit: str = "",
    as_of: str = "",
    measure: str = "",
    classified: str = "内部",
) -> dict[str, Any]:
    """Head of every printed sheet: 正式 or 工作稿, form number and version, unit, as-of, measure."""
    return locals()


@register.inclusion_tag("components/print_facts.html")
def print_facts(
    preparer: str = "",
    reviewer: str = "",
    head: str = "",
    revision: str = "",
    check_code: str = "",
    printed_by: str = "",
    printed_at: str = "",
    office: str = "",
) -> dict[str, Any]:
    """Foot of every printed sheet: preparer, reviewer, revision, check code, who printed it and when."""
    return locals()


@register.inclusion_tag("components/chart.html")
def chart(data: dict[str, Any], id: str, label: str, tall: bool = False) -> dict[str, Any]:
    """A chart drawn from `data` (kind, labels, series), with the same figures as a table under it."""
    pick({"bars": 1, "lines": 1, "shares": 1}, data.get("kind", ""), "chart kind")
    series = data["series"]
    rows = [(text, [one["values"][index] for one in series]) for index, text in enumerate(data["labels"])]
    return {
        "data": data,
        "id": id,
        "label": label,
        "tall": tall,
        "heads": [one["name"] for one in series],
        "rows": rows,
    }
