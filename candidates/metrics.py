"""Figures of the daily table that concern people standing; typed until this app derives them from records."""

from accounts.metrics import Metric, MetricNature, register

METRICS = (
    Metric(
        key="candidates_ready_on",
        name="人选物色到位",
        group="准备",
        unit="个村",
        nature=MetricNature.DATE,
        denominator="due",
        source="换届选举进度日报表：人选物色到位之日，空白为未到位",
    ),
    Metric(
        key="party_vetted_on",
        name="党组织人选联审",
        group="党组织",
        unit="个村",
        nature=MetricNature.DATE,
        denominator="due",
        source="换届选举进度日报表：县级联审结论送达之日",
    ),
    Metric(
        key="talks",
        name="谈话人次",
        group="今日工作",
        unit="人次",
        nature=MetricNature.FLOW,
        additive_days=True,
        source="当日谈心谈话人次，不记姓名",
    ),
)


def declare() -> None:
    """Put the metrics of this app into the catalogue."""
    register(METRICS)
