"""The checks of the daily report as data: one table for the server, the browser and the help page.

Codes are stable: a code is never given another meaning. `error` blocks filing; `warning` asks for a reason
that is filed with the report. Messages are filled from the figures named in braces.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

Level = Literal["error", "warning"]

OFFICE: Final = "日报填报说明"
ROLL: Final = "村民委员会组织法第十七条；城市居民委员会组织法第十七条"
HANDOVER: Final = "村民委员会组织法第二十四条"


@dataclass(frozen=True)
class Rule:
    """One check. `kind` names the evaluator (checks.py, daily-grid-checks.js), `keys` what it looks at."""

    code: str
    kind: str
    level: Level
    keys: tuple[str, ...]
    message: str
    remedy: str
    source: str = OFFICE
    params: dict[str, Any] = field(default_factory=dict)


COUNTS: Final = "*counts"
FLOWS: Final = "*flows"
STOCKS: Final = "*stocks"
DAYS: Final = "*dates"
CARRIED: Final = "*carried"

FLAGS: Final = (
    "party_first_time",
    "secretary_new",
    "elected_once",
    "by_election",
    "re_election",
    "one_shoulder",
)

# (earlier, later, words): the later step cannot lie before the earlier one.
ORDER: Final = (
    ("audited_on", "audit_published_on", "审计公布早于审计"),
    ("party_started_on", "party_recommended_on", "推荐早于启动"),
    ("party_recommended_on", "party_vetted_on", "联审早于推荐"),
    ("party_vetted_on", "party_elected_on", "选举早于联审"),
    ("party_elected_on", "secretary_elected_on", "书记产生早于党组织选举"),
    ("committee_formed_on", "list_published_on", "名单公布早于选委会产生"),
    ("list_published_on", "candidates_published_on", "候选人公布早于名单公布"),
    ("candidates_published_on", "voted_on", "投票早于候选人公布"),
    ("voted_on", "handed_over_on", "移交早于投票"),
    ("handed_over_on", "archived_on", "归档早于移交"),
    ("voted_on", "evaluated_on", "评估早于投票"),
)

# (part, whole, code, words)
PARTS: Final = (
    ("objections_handled", "objections", "DR-040", "已处理的申诉多于申诉"),
    ("ballots", "voters", "DR-041", "参加投票人数多于选民"),
    ("party_women", "party_posts", "DR-042", "女委员多于委员数"),
    ("party_under_35", "party_posts", "DR-043", "35岁以下委员多于委员数"),
    ("party_college", "party_posts", "DR-044", "大专以上委员多于委员数"),
    ("committee_women", "committee_posts", "DR-045", "女成员多于成员数"),
    ("cross_posts", "committee_posts", "DR-046", "交叉任职多于成员数"),
)

# (figure, the step it follows from)
AFTER_STEP: Final = (
    ("party_first_time", "party_elected_on"),
    ("secretary_new", "secretary_elected_on"),
    ("party_posts", "party_elected_on"),
    ("party_women", "party_elected_on"),
    ("party_under_35", "party_elected_on"),
    ("party_college", "party_elected_on"),
    ("objections", "list_published_on"),
    ("objections_handled", "list_published_on"),
    ("ballots", "voted_on"),
    ("elected_once", "voted_on"),
    ("by_election", "voted_on"),
    ("re_election", "voted_on"),
    ("committee_posts", "voted_on"),
    ("committee_women", "voted_on"),
    ("one_shoulder", "voted_on"),
    ("cross_posts", "voted_on"),
)
STEP_OF: Final = dict(AFTER_STEP)

RULES: Final = (
    Rule(
        "DR-001",
        "parsed",
        "error",
        (COUNTS,),
        "“{value}”不是整数",
        "请填整数，没有发生填 0，不适用填 ／，查不到填 不详",
    ),
    Rule("DR-003", "parsed", "error", (DAYS,), "“{value}”不是日期", "请填月日，如 12-07"),
    Rule(
        "DR-002",
        "at_most",
        "error",
        (COUNTS,),
        "{value} 超过上限 {limit}",
        "请核对位数",
        params={"limit": 9_999_999},
    ),
    Rule(
        "DR-014",
        "not_negative",
        "error",
        (COUNTS,),
        "{value}，不能为负数",
        "如要冲减以前报的数，请对那一天申请更正",
    ),
    Rule(
        "DR-016", "at_most", "error", FLAGS, "{value}，只能是 0 或 1", "是填 1，否填 0", params={"limit": 1}
    ),
    Rule(
        "DR-004", "not_future", "error", (DAYS,), "{value} 晚于日报日期 {limit}", "只填已经做完的，没做的留空"
    ),
    Rule("DR-005", "not_before", "error", (DAYS,), "{value} 早于本届开始 {limit}", "请核对年月日"),
    Rule(
        "DR-020",
        "confirmed",
        "error",
        (CARRIED,),
        "沿用上次的 {value}，还没有确认",
        "逐格按回车，或点“沿用昨日全部确认”",
    ),
    Rule("DR-021", "required", "warning", (FLOWS,), "未报", "没有发生填 0；今天报不出的请写明原因"),
    Rule(
        "DR-031",
        "spike",
        "warning",
        (FLOWS,),
        "{value}，近 7 日最高 {other}",
        "属实请写明理由，随日报留存",
        params={"times": 3, "floor": 10},
    ),
    Rule(
        "DR-032",
        "falls",
        "warning",
        (STOCKS,),
        "{value}，比上次的 {other} 少",
        "累计数一般不减少，属实请写明理由",
    ),
    Rule(
        "DR-033", "day_changed", "warning", (DAYS,), "{value}，上次报的是 {other}", "改动已报日期请写明理由"
    ),
    *(
        Rule(code, "part_of", "error", (part, whole), f"{words}：{{value}}／{{other}}", "请核对两个数")
        for part, whole, code, words in PARTS
    ),
    Rule(
        "DR-047",
        "sum_at_most",
        "error",
        ("elected_once", "by_election", "re_election"),
        "一次选成、另行选举、重新选举合计 {value}，只能选一种",
        "三项中只留一项为 1",
        params={"limit": 1},
    ),
    *(
        Rule(
            f"DR-{50 + n:03}",
            "order",
            "error",
            (later, earlier),
            f"{words}：{{value}}／{{other}}",
            "请核对两个日期",
        )
        for n, (earlier, later, words) in enumerate(ORDER)
    ),
    Rule(
        "DR-070",
        "gap_at_least",
        "warning",
        ("voted_on", "list_published_on"),
        "名单公布 {other} 距投票 {value} 不足 {limit} 日",
        "属实请写明情况",
        ROLL,
        {"limit": 20},
    ),
    Rule(
        "DR-071",
        "gap_at_most",
        "warning",
        ("handed_over_on", "voted_on"),
        "移交 {value} 距投票 {other} 超过 {limit} 日",
        "属实请写明情况",
        HANDOVER,
        {"limit": 10},
    ),
    *(
        Rule(
            f"DR-{80 + n:03}",
            "after_step",
            "warning",
            (key, step),
            "{value}，但相应环节还没有日期",
            "请补日期或写明情况",
        )
        for n, (key, step) in enumerate(AFTER_STEP)
    ),
    Rule("DR-099", "note_clean", "error", ("note",), "备注里有身份证号或手机号", "请删去后再保存"),
)
BY_CODE: Final = {rule.code: rule for rule in RULES}


def as_parameters() -> list[dict[str, Any]]:
    """The table for the browser: plain dictionaries, ready for JSON."""
    return [asdict(rule) for rule in RULES]
