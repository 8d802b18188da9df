"""Which columns each view of the sheet shows, under which headings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from accounts.metrics import Metric, MetricKind, MetricNature
from reports.rules.catalogue import STEP_OF

FLOWS: Final = ("visits", "talks", "trainings", "publicity", "petitions", "tip_offs", "public_opinion")
PREPARE: Final = ("assessed_on", "audited_on", "audit_published_on", "candidates_ready_on")
PARTY: Final = (
    "party_started_on",
    "party_recommended_on",
    "party_vetted_on",
    "party_elected_on",
    "party_first_time",
    "secretary_elected_on",
    "secretary_new",
    "party_posts",
    "previous_team",
    "party_women",
    "party_under_35",
    "party_college",
)
COMMITTEE: Final = (
    "committee_formed_on",
    "list_published_on",
    "objections",
    "objections_handled",
    "candidates_published_on",
    "voted_on",
    "ballots",
    "elected_once",
    "by_election",
    "re_election",
    "committee_posts",
    "committee_women",
    "one_shoulder",
    "cross_posts",
)
CLOSING: Final = (
    "supervision_elected_on",
    "handed_over_on",
    "archived_on",
    "evaluated_on",
    "discipline_cases",
)
BASE: Final = ("party_members", "voters")
LOCAL: Final = "local"

# View → (label, [(heading, keys)]); local items join the last group of the daily view.
VIEWS: Final[dict[str, tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]]] = {
    "today": (
        "今日",
        (
            ("底数", BASE),
            ("准备、党组织", ("audit_published_on", "secretary_elected_on")),
            (
                "村(居)委会",
                (
                    "committee_formed_on",
                    "list_published_on",
                    "objections",
                    "objections_handled",
                    "candidates_published_on",
                ),
            ),
            ("今日填报", FLOWS),
        ),
    ),
    "party": ("准备、党组织", (("准备", PREPARE), ("党组织", PARTY))),
    "committee": ("村(居)委会", (("底数", BASE), ("村(居)委会", COMMITTEE))),
    "closing": ("收尾、异常", (("收尾、异常", CLOSING), ("今日填报", FLOWS))),
}
DEFAULT_VIEW: Final = "today"
# Two lines of a narrow heading; the rest break after two characters or fit in one line.
SHORT: Final = {
    "visits": "走访 户次",
    "talks": "谈话 人次",
    "trainings": "培训 人次",
    "publicity": "宣传 场次",
    "petitions": "信访 件",
    "tip_offs": "举报 件",
    "public_opinion": "舆情 件",
    "candidates_published_on": "候选人",
    "candidates_ready_on": "人选到位",
    "party_vetted_on": "联审",
    "party_started_on": "启动",
    "party_recommended_on": "推荐",
    "party_elected_on": "选举",
    "supervision_elected_on": "监督委",
    "handed_over_on": "移交",
}


@dataclass(frozen=True)
class Column:
    """One column of the screen."""

    metric: Metric
    group: str
    first: bool

    @property
    def key(self) -> str:
        return self.metric.key

    @property
    def lines(self) -> list[str]:
        """The heading, one string a line."""
        return SHORT.get(self.key, self.metric.name).split(" ")

    @property
    def typed(self) -> bool:
        return self.metric.kind is MetricKind.TYPED

    @property
    def is_flow(self) -> bool:
        return self.metric.nature is MetricNature.FLOW

    @property
    def is_day(self) -> bool:
        return self.metric.nature is MetricNature.DATE


def columns_of(view: str, items: Sequence[Metric]) -> list[Column]:
    """The columns of a view in order; an unknown view is the daily one."""
    known = {metric.key: metric for metric in items}
    groups = list(VIEWS.get(view, VIEWS[DEFAULT_VIEW])[1])
    covered = {key for _, layout in VIEWS.values() for _, keys in layout for key in keys}
    local = tuple(metric.key for metric in items if metric.key.startswith("x_") and metric.key not in covered)
    if local and view in (DEFAULT_VIEW, "closing"):
        groups.append(("本市项目", local))
    return [
        Column(known[key], heading, number == 0)
        for heading, keys in groups
        for number, key in enumerate(keys)
        if key in known
    ]


def heading_spans(columns: Sequence[Column]) -> list[tuple[str, int, bool]]:
    """(heading, columns under it, whether typed every day) for the first row of the head."""
    spans = []
    for heading, members in groupby(columns, key=lambda column: column.group):
        listed = list(members)
        spans.append((heading, len(listed), all(column.is_flow for column in listed)))
    return spans


def view_of(key: str) -> str:
    """The view in which a figure is typed; the daily one for the note."""
    for view, (_, layout) in VIEWS.items():
        if any(key in keys for _, keys in layout):
            return view
    return DEFAULT_VIEW


def empty_word(metric: Metric, values: Mapping[str, object]) -> str:
    """What an empty unmarked cell means: 未到 while its step is not reached, else 未报."""
    if metric.nature is MetricNature.DATE:
        return "not_reached"
    step = STEP_OF.get(metric.key)
    if step and values.get(step) is None:
        return "not_reached"
    return "unreported"
