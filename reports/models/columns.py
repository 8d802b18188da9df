"""The columns of the daily table: one nullable column per declared metric, in the order of the table.

A test holds this list equal to the catalogue (`reports.metrics`). A new metric: declare it in its app's
`metrics.py`, add the column here, run `makemigrations`.
"""

from django.db import models
from django.db.models import F, Q


def _count(label: str) -> models.IntegerField:
    return models.IntegerField(label, null=True, blank=True)


def _day(label: str) -> models.DateField:
    return models.DateField(label, null=True, blank=True)


class FigureColumns(models.Model):
    """Null and unmarked is 未报 (a date: 未到); `marks` holds na or unknown per key."""

    # 底数
    orgs = _count("村(社区)")
    villages = _count("村")
    communities = _count("社区")
    converted = _count("村改居")
    due = _count("应换届")
    party_committees = _count("党委")
    party_general_branches = _count("党总支")
    party_branches = _count("党支部")
    party_members = _count("党员")
    voters = _count("选民")
    # 准备
    assessed_on = _day("选情研判")
    audited_on = _day("离任审计")
    audit_published_on = _day("审计公布")
    candidates_ready_on = _day("人选物色到位")
    # 党组织
    party_started_on = _day("党组织启动")
    party_recommended_on = _day("党组织推荐")
    party_vetted_on = _day("党组织人选联审")
    party_elected_on = _day("党组织选举")
    party_first_time = _count("一次成功")
    secretary_elected_on = _day("书记产生")
    secretary_new = _count("新任书记")
    party_posts = _count("委员数")
    previous_team = _count("上届班子")
    party_women = _count("女委员")
    party_under_35 = _count("35岁以下")
    party_college = _count("大专以上")
    # 村(居)委会
    committee_formed_on = _day("选委会产生")
    list_published_on = _day("名单公布")
    objections = _count("申诉")
    objections_handled = _count("已处理")
    candidates_published_on = _day("候选人公布")
    voted_on = _day("投票")
    ballots = _count("参加投票")
    elected_once = _count("一次选成")
    by_election = _count("另行选举")
    re_election = _count("重新选举")
    committee_posts = _count("成员数")
    committee_women = _count("女成员")
    one_shoulder = _count("一肩挑")
    cross_posts = _count("交叉任职")
    # 收尾
    supervision_elected_on = _day("监督委产生")
    handed_over_on = _day("工作移交")
    archived_on = _day("归档")
    evaluated_on = _day("评估")
    # 异常
    discipline_cases = _count("违纪查处")
    # 今日工作
    visits = _count("走访户次")
    talks = _count("谈话人次")
    trainings = _count("培训人次")
    publicity = _count("宣传场次")
    petitions = _count("信访件")
    tip_offs = _count("举报件")
    public_opinion = _count("舆情件")

    class Meta:
        abstract = True


def column_keys() -> tuple[str, ...]:
    """Keys of all metric columns in the order of the table."""
    return tuple(field.name for field in FigureColumns._meta.local_fields)


def not_negative() -> Q:
    """No count is below 0."""
    condition = Q()
    for field in FigureColumns._meta.local_fields:
        if isinstance(field, models.IntegerField):
            condition &= Q(**{f"{field.name}__isnull": True}) | Q(**{f"{field.name}__gte": 0})
    return condition


def at_most(part: str, whole: str) -> Q:
    """`part` ≤ `whole` where both are known."""
    return Q(**{f"{part}__isnull": True}) | Q(**{f"{whole}__isnull": True}) | Q(**{f"{part}__lte": F(whole)})
