"""Filed revisions: the receipt, the list of revisions, the digest computed again."""

from typing import TYPE_CHECKING

from accounts.row_mac import is_authentic, row_mac
from reports import metrics
from reports.models import DailyRevision, LocalMetric
from reports.queries.rows import filed_rows
from reports.queries.settings import as_metric
from reports.rules.digest import CanonicalRow, digest

if TYPE_CHECKING:
    import datetime

    from accounts.models import Area
    from elections.models import Round


MAC_KIND = "reports.revision"


def revisions_of(round: "Round", township: "Area", day: "datetime.date") -> list[DailyRevision]:
    """All revisions of a day, newest first. One query."""
    return list(
        DailyRevision.objects.filter(round=round, area=township, date=day)
        .select_related("area", "request", "opening")
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


def mac_of(revision: DailyRevision) -> str:
    """The keyed mark of a revision: its unit, day, number, author and digest, which stands for its figures."""
    return row_mac(MAC_KIND, *_sealed(revision))


def is_intact(revision: DailyRevision) -> bool:
    """Whether row, figures and mark still belong together (T24). Two queries."""
    return is_authentic(revision.mac, MAC_KIND, *_sealed(revision)) and digest_of(revision) == revision.digest


def altered(round: "Round", first: "datetime.date", last: "datetime.date") -> list[DailyRevision]:
    """Revisions of the days `first` to `last` that somebody changed behind the application's back."""
    found = DailyRevision.objects.filter(round=round, date__range=(first, last)).select_related("area")
    return [revision for revision in found.iterator(chunk_size=500) if not is_intact(revision)]


def _sealed(revision: DailyRevision) -> tuple[object, ...]:
    return (
        revision.round_id,
        revision.area_id,
        revision.date.isoformat(),
        revision.number,
        revision.sheet_version,
        revision.filed_by_id,
        revision.reason,
        revision.digest,
    )


def receipt_number(revision: DailyRevision) -> str:
    """Number of the receipt: township code, day, revision."""
    return f"RB-{revision.area.code}-{revision.date:%Y%m%d}-{revision.number:02}"
