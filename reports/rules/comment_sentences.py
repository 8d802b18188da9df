"""Drafting: from a unit's day to sentences, by rules that are a table. Pure, and the same every time.

A rule is a condition over figures with limits (`params`), and a wording whose braces are figures. Limits, wording
and whether it is in use are the city's (`CommentRule`, versioned); version 1 stands here.
"""

import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from accounts.errors import Refusal
from reports.rules.comment_measures import MEASURES, STEPS, Number, UnitDay, is_village, measured

# Words that may stand in a wording beside the figures.
WORDS: Final = {"unit": "单位名", "sender": "点评单位名", "step": "环节名", "day": "日期"}
LIMIT: Final = 9999

# A candidate: the metric it is about, and how bad (or good) it is: the worst comes first.
Candidate = tuple[str, Number]
Finder = Callable[[UnitDay, Mapping[str, int]], Iterable[Candidate]]


@dataclass(frozen=True)
class RuleSpec:
    """One rule as the product brings it. `labels` names the limits; `good`: praise, not a demand."""

    code: str
    label: str
    wording: str
    find: Finder
    params: dict[str, int] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    enabled: bool = True
    good: bool = False


@dataclass(frozen=True)
class RuleInForce:
    """A rule with the limits and the wording that hold."""

    spec: RuleSpec
    version: int
    enabled: bool
    params: Mapping[str, int]
    wording: str

    @property
    def code(self) -> str:
        return self.spec.code


@dataclass(frozen=True)
class Drafted:
    """A drafted sentence: its text and (figure, metric, value) of each figure in it, in order."""

    rule: str
    version: int
    text: str
    cited: tuple[tuple[str, str, Number], ...]
    good: bool


def _no_metric(what: str) -> Finder:
    """The figure `what` has reached the limit `least`."""

    def find(unit: UnitDay, params: Mapping[str, int]) -> Iterable[Candidate]:
        value = measured(unit, what)
        return [("", value)] if value is not None and value >= params["least"] else []

    return find


def _of_steps(
    of: Callable[[UnitDay, str, Mapping[str, int]], Number | None],
) -> Finder:
    """`of` gives a step's weight, or None where the rule does not apply."""

    def find(unit: UnitDay, params: Mapping[str, int]) -> Iterable[Candidate]:
        weights = ((key, of(unit, key, params)) for key in STEPS)
        return [(key, weight) for key, weight in weights if weight is not None]

    return find


def planned_share(day_number: int, first: int, last: int) -> float:
    """Per cent of the villages that should be done: none before the day `first`, all from the day `last` on."""
    if last <= first:
        return 100.0 if day_number >= last else 0.0
    return round(max(0.0, min(100.0, 100 * (day_number - first) / (last - first))), 1)


def plan_on(params: Mapping[str, int], day_number: int) -> dict[str, float]:
    """Share that each step should have reached on a day of the reporting (0 is the first), by the rule's limits."""
    return {key: planned_share(day_number, params[f"{key}_first"], params[f"{key}_last"]) for key in STEPS}


def _below_plan(unit: UnitDay, key: str, params: Mapping[str, int]) -> Number | None:
    gap = measured(unit, "plan_gap", key)
    return gap if gap is not None and gap >= params["points"] else None


def _behind(unit: UnitDay, key: str, params: Mapping[str, int]) -> Number | None:
    gap, average = measured(unit, "gap", key), measured(unit, "average", key)
    enough = gap is not None and average is not None and average >= params["average"]
    return gap if enough and gap is not None and gap >= params["points"] else None


def _rank_fell(unit: UnitDay, key: str, params: Mapping[str, int]) -> Number | None:
    fall = measured(unit, "rank_fall", key)
    return fall if fall is not None and fall >= params["places"] else None


def _unchanged(unit: UnitDay, key: str, params: Mapping[str, int]) -> Number | None:
    days, left, value = (measured(unit, what, key) for what in ("unchanged", "left", "value"))
    begun = bool(value) and bool(left)
    return days if begun and days is not None and days >= params["days"] else None


def _progress(unit: UnitDay, key: str, params: Mapping[str, int]) -> Number | None:
    change, rank = measured(unit, "change", key), measured(unit, "rank", key)
    ahead = change is not None and rank is not None and change >= params["least"] and rank <= params["top"]
    return change if ahead else None


def _completed(unit: UnitDay, key: str, params: Mapping[str, int]) -> Number | None:
    change, left = measured(unit, "change", key), measured(unit, "left", key)
    return change if left == 0 and change is not None and change >= params["least"] else None


def _village_left(unit: UnitDay, key: str, params: Mapping[str, int]) -> Number | None:
    average = measured(unit, "average", key)
    waits = is_village(unit) and measured(unit, "left", key) == 1
    return average if waits and average is not None and average >= params["average"] else None


_PLAN: Final = {
    "party_elected_on": (3, 32),
    "committee_formed_on": (5, 36),
    "list_published_on": (9, 42),
    "voted_on": (30, 66),
}

RULES: Final[dict[str, RuleSpec]] = {
    spec.code: spec
    for spec in (
        RuleSpec(
            "missing", "日报缺报", "{day}日报缺报 {missing} 份，近七日共缺 {missing_week} 份。",
            _no_metric("missing"), {"least": 1}, {"least": "缺报至少（份）"},
        ),
        RuleSpec(
            "late", "日报迟报", "{day}日报迟报 {late} 份，近七日共迟 {late_week} 份。",
            _no_metric("late"), {"least": 1}, {"least": "迟报至少（份）"},
        ),
        RuleSpec(
            "below_plan", "低于计划", "{step}完成 {value} 个村，占应换届 {due} 个村的 {share}%，"
            "按计划应到 {planned}%，还差 {left} 个村。",
            _of_steps(_below_plan),
            {"points": 20} | {f"{key}_{end}": day for key, days in _PLAN.items()
                              for end, day in zip(("first", "last"), days, strict=True)},
            {"points": "低于计划（百分点）"} | {f"{key}_{end}": f"{name}计划{word}（日报第几天）"
                                        for key, name in STEPS.items() for end, word in (("first", "开始"), ("last", "完成"))},
        ),
        RuleSpec(
            "behind", "进度落后",
            "{step}完成率 {share}%，{sender}平均 {average}%，低 {gap} 个百分点，列第 {rank} 位。",
            _of_steps(_behind), {"points": 10, "average": 5}, {"points": "低于平均（百分点）", "average": "平均已到（%）"},
        ),
        RuleSpec(
            "rank_fell", "位次下降", "{step}由第 {rank_before} 位降到第 {rank} 位，一天降 {rank_fall} 位。",
            _of_steps(_rank_fell), {"places": 3}, {"places": "一天下降（位）"},
        ),
        RuleSpec(
            "unchanged", "多日没有变化", "{step}连续 {unchanged} 天停在 {value} 个村，还有 {left} 个村未完成。",
            _of_steps(_unchanged), {"days": 4}, {"days": "没有变化（天）"},
        ),
        RuleSpec(
            "overdue", "点评逾期", "有 {overdue} 件点评到期未回复。", _no_metric("overdue"), {"least": 1},
            {"least": "到期未回复至少（件）"},
        ),
        RuleSpec(
            "contradiction", "数据矛盾", "{day}上报的数中有 {warnings} 处矛盾或异常，虽有说明，须逐处核实。",
            _no_metric("warnings"), {"least": 1}, {"least": "矛盾或异常至少（处）"},
        ),
        RuleSpec(
            "village_left", "本村未到", "{step}还没有完成，{sender}已有 {peers} 个村完成，占 {average}%。",
            _of_steps(_village_left), {"average": 60}, {"average": "全乡镇已到（%）"},
        ),
        RuleSpec(
            "progress", "进展好", "{step}当日增加 {change} 个村，完成 {value} 个村，占 {share}%，列第 {rank} 位，进度靠前。",
            _of_steps(_progress), {"least": 2, "top": 2}, {"least": "当日增加至少（个村）", "top": "位次不低于（位）"},
            good=True,
        ),
        RuleSpec(
            "completed", "全部完成", "{step}当日增加 {change} 个村，{value} 个村全部完成。",
            _of_steps(_completed), {"least": 1}, {"least": "当日增加至少（个村）"}, good=True,
        ),
    )
}  # fmt: skip


def first_version(spec: RuleSpec) -> RuleInForce:
    """The rule as the product brings it."""
    return RuleInForce(spec, 1, spec.enabled, spec.params, spec.wording)


def placeholders(wording: str) -> list[str]:
    """Names in braces, in order; refuses braces that cannot be read."""
    try:
        parts = list(string.Formatter().parse(wording))
    except ValueError:
        raise Refusal(
            "wording_unreadable", "花括号要成对，如 {完成}", field="wording", source="起草规则"
        ) from None
    if any(spec or conversion for _, name, spec, conversion in parts if name is not None):
        raise Refusal("wording_unreadable", "花括号里只写名称，如 {完成}", field="wording", source="起草规则")
    return [name for _, name, _, _ in parts if name is not None]


def check_wording(spec: RuleSpec, wording: str) -> None:
    """Refuse a wording with an unknown name, without a figure, or with a figure that is not cited."""
    names = placeholders(wording)
    unknown = [name for name in names if name not in MEASURES and name not in WORDS]
    if unknown:
        raise Refusal(
            "wording_unknown_name",
            f"没有“{unknown[0]}”这个数。可用的见下面的清单",
            field="wording",
            source="起草规则",
        )
    if not any(name in MEASURES for name in names):
        raise Refusal(
            "wording_without_figure",
            "每句点评都要引用数，措辞里至少放一个数，如 {完成}",
            field="wording",
            source="起草规则",
        )
    plain = "".join(text for text, *_ in string.Formatter().parse(wording))
    if any(sign.isdigit() for sign in plain):
        raise Refusal(
            "wording_with_plain_number",
            "措辞里不直接写数字，用花括号里的数，或写成汉字",
            field="wording",
            source="起草规则",
        )


def check_params(spec: RuleSpec, params: Mapping[str, Any]) -> dict[str, int]:
    """The limits of a rule, all of them, as whole numbers 0 … 9999."""
    checked = {}
    for name, label in spec.labels.items():
        value = params.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LIMIT:
            raise Refusal(
                "limit_out_of_range", f"{label}要填 0 至 {LIMIT} 的整数", field=name, source="起草规则"
            )
        checked[name] = value
    return checked


def draft(unit: UnitDay, rules: Iterable[RuleInForce]) -> list[Drafted]:
    """Sentences of one unit, in the order of the rules; the worst step of each rule only, each figure known."""
    found = []
    for rule in rules:
        if not rule.enabled:
            continue
        ordered = sorted(
            rule.spec.find(unit, rule.params),
            key=lambda one: (-one[1], list(STEPS).index(one[0] or "voted_on")),
        )
        sentences = (_worded(unit, rule, key) for key, _ in ordered)
        found += [sentence for sentence in sentences if sentence is not None][:1]
    return found


def _worded(unit: UnitDay, rule: RuleInForce, key: str) -> Drafted | None:
    """The sentence about one metric; None when a figure it needs is not known, or it cites none."""
    names = placeholders(rule.wording)
    figures = {name: measured(unit, name, key) for name in names if name in MEASURES}
    if not figures or any(value is None for value in figures.values()):
        return None
    words = {
        "unit": unit.name,
        "sender": unit.sender,
        "step": STEPS.get(key, "换届"),
        "day": f"{unit.day.month}月{unit.day.day}日",
    }
    shown = {name: MEASURES[name].shown(value) for name, value in figures.items() if value is not None}
    cited = tuple((name, key, value) for name, value in figures.items() if value is not None)
    return Drafted(rule.code, rule.version, rule.wording.format(**words, **shown), cited, rule.spec.good)


def title_of(sentences: Iterable[Drafted]) -> str:
    """Title of a comment: what its rules are about, at most three."""
    labels = list(dict.fromkeys(RULES[sentence.rule].label for sentence in sentences))
    return f"关于{'、'.join(labels[:3])}{'等' if len(labels) > 3 else ''}的点评"
