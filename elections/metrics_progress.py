"""Progress columns of the daily table that belong to the procedure.

They are typed until the procedure of this app derives them from records, from a stated day on.
"""

from typing import Final

from accounts.metrics import Metric, MetricKind, MetricNature

PARTY_GROUP: Final = "党组织"
COMMITTEE_GROUP: Final = "村(居)委会"
CLOSING_GROUP: Final = "收尾"
_TABLE: Final = "换届选举进度日报表"


def _milestone(key: str, name: str, group: str) -> Metric:
    """A day on which a step was done; blank is 未到. Counted 0/1 and shared against the villages due."""
    return Metric(
        key=key,
        name=name,
        group=group,
        unit="个村",
        nature=MetricNature.DATE,
        denominator="due",
        source=f"{_TABLE}：{name}之日，空白为未到",
    )


def _count(key: str, name: str, group: str, unit: str, note: str, *, of: str = "") -> Metric:
    return Metric(key=key, name=name, group=group, unit=unit, denominator=of, source=f"{_TABLE}：{note}")


PARTY: Final = (
    _milestone("party_started_on", "党组织启动", PARTY_GROUP),
    _milestone("party_recommended_on", "党组织推荐", PARTY_GROUP),
    _milestone("party_elected_on", "党组织选举", PARTY_GROUP),
    _count("party_first_time", "一次成功", PARTY_GROUP, "个村", "党组织选举一次成功，是 1 否 0", of="due"),
    _milestone("secretary_elected_on", "书记产生", PARTY_GROUP),
    _count("secretary_new", "新任书记", PARTY_GROUP, "人", "书记为新任，是 1 否 0", of="due"),
    _count("party_posts", "委员数", PARTY_GROUP, "人", "党组织委员数，含书记、副书记"),
    Metric(
        key="previous_team",
        name="上届班子",
        group=PARTY_GROUP,
        unit="人",
        kind=MetricKind.DERIVED,
        sql="org.previous_total",
        source="村情档案：上届两委班子人数",
    ),
    _count("party_women", "女委员", PARTY_GROUP, "人", "党组织女委员数", of="party_posts"),
    _count("party_under_35", "35岁以下", PARTY_GROUP, "人", "党组织 35 岁以下委员数", of="party_posts"),
    _count("party_college", "大专以上", PARTY_GROUP, "人", "党组织大专以上学历委员数", of="party_posts"),
)

COMMITTEE: Final = (
    _milestone("committee_formed_on", "选委会产生", COMMITTEE_GROUP),
    _milestone("list_published_on", "名单公布", COMMITTEE_GROUP),
    _count("objections", "申诉", COMMITTEE_GROUP, "件", "对选民名单的申诉，累计"),
    _count("objections_handled", "已处理", COMMITTEE_GROUP, "件", "已处理的申诉，累计", of="objections"),
    _milestone("candidates_published_on", "候选人公布", COMMITTEE_GROUP),
    _milestone("voted_on", "投票", COMMITTEE_GROUP),
    _count("ballots", "参加投票", COMMITTEE_GROUP, "人", "参加投票人数，求参选率", of="voters"),
    _count("elected_once", "一次选成", COMMITTEE_GROUP, "个村", "一次选举成功，是 1 否 0", of="due"),
    _count("by_election", "另行选举", COMMITTEE_GROUP, "个村", "经另行选举，是 1 否 0", of="due"),
    _count("re_election", "重新选举", COMMITTEE_GROUP, "个村", "经重新选举，是 1 否 0", of="due"),
    _count("committee_posts", "成员数", COMMITTEE_GROUP, "人", "村(居)委会成员数"),
    _count("committee_women", "女成员", COMMITTEE_GROUP, "人", "女成员数", of="committee_posts"),
    _count("one_shoulder", "一肩挑", COMMITTEE_GROUP, "个村", "书记、主任同一人，是 1 否 0", of="due"),
    _count("cross_posts", "交叉任职", COMMITTEE_GROUP, "人", "两委交叉任职人数", of="committee_posts"),
)

CLOSING: Final = (
    _milestone("supervision_elected_on", "监督委产生", CLOSING_GROUP),
    _milestone("handed_over_on", "工作移交", CLOSING_GROUP),
    _milestone("archived_on", "归档", CLOSING_GROUP),
)

PROGRESS: Final = (*PARTY, *COMMITTEE, *CLOSING)
