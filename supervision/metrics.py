"""Figures of the daily table that concern visits, publicity, complaints and evaluation; typed until derived here."""

from accounts.metrics import Metric, MetricNature, register


def _work(key: str, name: str, group: str, unit: str, source: str) -> Metric:
    """What happened that day; only the number is kept, never who it was about."""
    return Metric(
        key=key,
        name=name,
        group=group,
        unit=unit,
        nature=MetricNature.FLOW,
        additive_days=True,
        source=source,
    )


METRICS = (
    _work("visits", "走访户次", "今日工作", "户次", "当日入户走访户次"),
    _work("trainings", "培训人次", "今日工作", "人次", "当日换届业务培训人次"),
    _work("publicity", "宣传场次", "今日工作", "场次", "当日宣传活动场次"),
    _work("petitions", "信访件", "异常", "件", "当日新增涉换届信访件，只记件数"),
    _work("tip_offs", "举报件", "异常", "件", "当日新增涉换届举报件，只记件数"),
    Metric(
        key="discipline_cases",
        name="违纪查处",
        group="异常",
        unit="件",
        source="本届累计查处违反换届纪律件数",
    ),
    Metric(
        key="evaluated_on",
        name="评估",
        group="收尾",
        unit="个村",
        nature=MetricNature.DATE,
        denominator="due",
        source="换届选举进度日报表：换届后评估完成之日",
    ),
)


def declare() -> None:
    """Put the metrics of this app into the catalogue."""
    register(METRICS)
