"""底数: the columns of the daily table that follow from the records (alias `org`)."""

from typing import Final

from accounts.metrics import Metric, MetricKind, register
from elections.metrics_progress import PROGRESS

GROUP: Final = "底数"


def _derived(key: str, name: str, unit: str, sql: str, **more: str) -> Metric:
    return Metric(
        key=key,
        name=name,
        group=GROUP,
        unit=unit,
        kind=MetricKind.DERIVED,
        sql=sql,
        source="村情档案",
        **more,
    )


METRICS: Final = (
    _derived("orgs", "村(社区)", "个", "1"),
    _derived("villages", "村", "个", "(org.kind = 'village')::int", denominator="orgs"),
    _derived("communities", "社区", "个", "(org.kind = 'community')::int", denominator="orgs"),
    _derived("converted", "村改居", "个", "(org.kind = 'converted')::int", denominator="orgs"),
    _derived("due", "应换届", "个", "org.is_due::int", denominator="orgs"),
    _derived("party_committees", "党委", "个", "(org.party_org_type = 'committee')::int", denominator="orgs"),
    _derived(
        "party_general_branches",
        "党总支",
        "个",
        "(org.party_org_type = 'general_branch')::int",
        denominator="orgs",
    ),
    _derived("party_branches", "党支部", "个", "(org.party_org_type = 'branch')::int", denominator="orgs"),
    _derived("party_members", "党员", "名", "org.party_members"),
    _derived("voters", "选民", "名", "org.registered_voters"),
)


def declare() -> None:
    """Put the metrics of the records into the catalogue."""
    register((*METRICS, *PROGRESS))
