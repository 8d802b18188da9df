"""The closed vocabularies of the screens: states, colours, cell words, problems. See `docs/ui.md`."""

from __future__ import annotations

from typing import Any

from django.template import TemplateSyntaxError

# fmt: off
ICONS = frozenset((
    "check", "clock", "ret", "reo", "pen", "lock", "err", "warn", "info", "print", "xls", "find",
    "down", "right", "left", "tel", "env", "off", "cam", "pin", "plus", "minus", "up", "list", "menu", "x",
))
# fmt: on
# state: CSS class, icon, word, mark in a cell of the unit × day grid
STATES: dict[str, tuple[str, str, str, str]] = {
    "draft": ("draft", "pen", "草稿", "稿"),
    "filed": ("filed", "check", "已报", "齐"),
    "zero": ("filed", "check", "零报告", "零"),
    "late": ("late", "clock", "迟报", "迟"),
    "missing": ("over", "", "缺报", "缺"),
    "overdue": ("over", "", "超时", "超"),
    "returned": ("ret", "ret", "退回", "退"),
    "reopened": ("reo", "reo", "重开更正", "更"),
    "waiting": ("wait", "", "待报", "待"),
    "done": ("wait", "check", "已办结", ""),
    "blocked": ("lock", "lock", "阻断", ""),
    "sealed": ("lock", "env", "密封", ""),
    "off": ("off", "", "不应报", "／"),
}
COLOURS = {"red": ("r", "红"), "orange": ("o", "橙"), "green": ("g", "绿")}
# mark: CSS class, word in the cell, meaning for the legend
WORDS: dict[str, tuple[str, str, str]] = {
    "zero": ("z", "0", "没有发生"),
    "na": ("na", "／", "不适用"),
    "not_reached": ("ny", "未到", "环节未到"),
    "unreported": ("nf", "未报", "应填未填"),
    "unknown": ("uk", "不详", "查过，查不到"),
    "blocked": ("ny", "阻断", "红色未销号"),
}
PROBLEMS = {
    "error": ("err", "err", "错误"),
    "warning": ("warn", "warn", "提醒"),
    "block": ("", "lock", "阻断"),
    "conflict": ("", "info", "冲突"),
}
BANNERS = {
    "fact": ("", "info"),
    "past": ("past", "clock"),
    "warning": ("warn", "warn"),
    "error": ("err", "err"),
}
LEVEL_TO_BANNER = {"debug": "fact", "info": "fact", "success": "fact", "warning": "warning", "error": "error"}


def pick(table: dict[str, Any], key: str, what: str) -> Any:
    """Entry of a closed table; an unknown key is a fault of the template and is refused."""
    try:
        return table[key]
    except KeyError:
        raise TemplateSyntaxError(f"{what} {key!r} is not one of {', '.join(table)}") from None
