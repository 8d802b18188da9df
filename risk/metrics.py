"""Figures of the daily table that concern study and audit before the election; typed until derived here."""

from accounts.metrics import Metric, MetricNature, register


def _milestone(key: str, name: str, source: str) -> Metric:
    return Metric(
        key=key,
        name=name,
        group="准备",
        unit="个村",
        nature=MetricNature.DATE,
        denominator="due",
        source=source,
    )


METRICS = (
    _milestone("assessed_on", "选情研判", "换届选举进度日报表：完成选情研判之日"),
    _milestone("audited_on", "离任审计", "换届选举进度日报表：任期和离任经济责任审计完成之日"),
    _milestone("audit_published_on", "审计公布", "换届选举进度日报表：审计结果公布之日"),
)


def declare() -> None:
    """Put the metrics of this app into the catalogue."""
    register(METRICS)
