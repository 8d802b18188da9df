"""Filed revisions: the receipt, the list of revisions, the digest computed again."""

from typing import TYPE_CHECKING

from reports import metrics
from reports.models import DailyRevision, LocalMetric
from reports.queries.rows import filed_rows
from reports.queries.settings import as_metric
from reports.rules.digest import CanonicalRow, digest

if TYPE_CHECKING:
    import datetime

    from accounts.models import Area
    from elections.models import Round


def revisions_of(round: "Round", township: "Area", day: "datetime.date") -> list[DailyRevision]:
    """All revisions of a day, newest first. One query."""
    return list(
        DailyRevision.objects.filter(round=round, area=township, date=day)
        .select_related("area", "request")
        .order_by("-number")
    )


def digest_of(revision: DailyRevision) -> str:
    """The digest computed from the stored rows; equal to `revision.digest` as long as nobody touched them."""
    local = [as_metric(item) for item in LocalMetric.objects.filter(round_id=revision.round_id)]
    rows = [
        CanonicalRow(code=row.code, values=row.values, marks=row.marks, note=row.note)
        for row in filed_rows(revision, [*metrics.table(), *local])
    ]
    return digest(revision.area.code, revision.date, revision.number, rows)


def receipt_number(revision: DailyRevision) -> str:
    """Number of the receipt: township code, day, revision."""
    return f"RB-{revision.area.code}-{revision.date:%Y%m%d}-{revision.number:02}"
