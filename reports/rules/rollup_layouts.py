"""The office's tables of totals as data: one declaration for the screen, the print and the workbook."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from accounts.metrics import Metric, MetricNature
from reports import metrics

# value: the figure; local: one of the city's own items; share: of the villages due, in per cent; rate: of another
# figure, in per cent; change: against the day before (or a week before); rank: among the units of the same superior;
# missing: townships that have not filed the day.
Show = Literal["value", "local", "share", "rate", "change", "rank", "missing"]


@dataclass(frozen=True)
class Column:
    """One column: what it shows of which metric (`of`: the denominator of a rate)."""

    heading: str
    key: str
    show: Show = "value"
    of: str = ""


@dataclass(frozen=True)
class Group:
    heading: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Layout:
    """One table: `title` goes behind the name of the unit."""

    code: str
    label: str
    title: str
    groups: tuple[Group, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for group in self.groups for column in group.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        """Metrics the table needs."""
        found = [key for column in self.columns for key in (column.key, column.of) if key]
        return tuple(dict.fromkeys(found))


def _step(heading: str, key: str) -> Group:
    """A step with its count, share, increase and rank."""
    return Group(
        heading,
        (
            Column("完成", key),
            Column("%", key, "share"),
            Column("日增", key, "change"),
            Column("位次", key, "rank"),
        ),
    )


PROGRESS: Final = Layout(
    "progress",
    "进度总表",
    "村(社区)“两委”换届选举进度汇总表",
    (
        Group("底数", (Column("应换届", "due"), Column("村改居", "converted"))),
        Group("准备", (Column("审计公布", "audit_published_on"), Column("人选到位", "candidates_ready_on"))),
        _step("党组织换届", "party_elected_on"),
        _step("选举委员会产生", "committee_formed_on"),
        Group(
            "选民名单",
            (
                Column("公布", "list_published_on"),
                Column("申诉", "objections"),
                Column("已处理", "objections_handled"),
            ),
        ),
        Group(
            "村(居)委会选举",
            (
                Column("已投票", "voted_on"),
                Column("日增", "voted_on", "change"),
                Column("参选率%", "ballots", "rate", "voters_polled"),
                Column("另行", "by_election"),
            ),
        ),
        Group("日报", (Column("缺报", "", "missing"),)),
    ),
)

TEAM: Final = Layout(
    "team",
    "班子结构",
    "村(社区)班子结构汇总表",
    (
        Group("底数", (Column("应换届", "due"),)),
        Group(
            "党组织",
            (
                Column("已选举", "party_elected_on"),
                Column("一次成功", "party_first_time"),
                Column("新任书记", "secretary_new"),
                Column("委员", "party_posts"),
                Column("女", "party_women"),
                Column("女%", "party_women", "rate", "party_posts"),
                Column("35岁以下", "party_under_35"),
                Column("大专以上", "party_college"),
                Column("大专%", "party_college", "rate", "party_posts"),
            ),
        ),
        Group(
            "村(居)委会",
            (
                Column("已投票", "voted_on"),
                Column("一次选成", "elected_once"),
                Column("成员", "committee_posts"),
                Column("女", "committee_women"),
                Column("女%", "committee_women", "rate", "committee_posts"),
                Column("一肩挑", "one_shoulder"),
                Column("一肩挑%", "one_shoulder", "rate", "voted_on"),
                Column("交叉任职", "cross_posts"),
            ),
        ),
        Group("日报", (Column("缺报", "", "missing"),)),
    ),
)


def layouts(own_items: Sequence[Metric] = ()) -> dict[str, Layout]:
    """Every table by its code; `own_items`, the city's own of that day, stand in the table of all figures."""
    return {layout.code: layout for layout in (PROGRESS, TEAM, _work(), _everything(own_items))}


def own_items(items: Iterable[Metric]) -> list[Metric]:
    """Those of a day's items that a city added itself."""
    return [metric for metric in items if metric.key not in metrics.by_key()]


def _work() -> Layout:
    groups = tuple(
        Group(metric.name, (Column(metric.unit, metric.key), Column("比前", metric.key, "change")))
        for metric in metrics.flows()
    )
    return Layout(
        "work",
        "工作情况",
        "换届选举工作情况汇总表",
        (
            Group("底数", (Column("村(社区)", "orgs"),)),
            *groups,
            Group("日报", (Column("缺报", "", "missing"),)),
        ),
    )


def _everything(own: Sequence[Metric]) -> Layout:
    groups: dict[str, list[Column]] = {}
    for metric in metrics.table():
        groups.setdefault(metric.group, []).append(Column(metric.name, metric.key))
    for metric in own:
        groups.setdefault(metric.group, []).append(Column(metric.name, metric.key, "local"))
    return Layout(
        "all",
        "全部指标",
        "换届选举日报汇总表",
        (
            *(Group(name, tuple(columns)) for name, columns in groups.items()),
            Group("日报", (Column("缺报", "", "missing"),)),
        ),
    )


def is_flow(key: str) -> bool:
    found = metrics.by_key().get(key)
    return found is not None and found.nature is MetricNature.FLOW


def is_date(key: str) -> bool:
    found = metrics.by_key().get(key)
    return found is not None and found.nature is MetricNature.DATE
