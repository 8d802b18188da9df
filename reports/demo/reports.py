"""Thirty days of filed reports: COPY into a temporary table, then one INSERT … SELECT a day."""

import datetime
import io
from collections.abc import Callable, Iterator

from django.db import connections

from accounts.metrics import MetricKind
from accounts.models import Area, Assignment
from elections.models import Round
from reports import metrics
from reports.choices import SheetState
from reports.demo import plan
from reports.models import CorrectionRequest, DailyRevision, DailySheet
from reports.queries.receipts import mac_of
from reports.rules.digest import CanonicalRow, digest
from reports.rules.timing import DEFAULT_CUT_OFF, due_at

Progress = Callable[[int, int, str], None]
ASKED_BEFORE = datetime.timedelta(minutes=20)
SPIKE_REASON = "县里统一组织集中培训，签到册在镇组织办"

TYPED = tuple(metric.key for metric in metrics.table() if metric.kind is MetricKind.TYPED)
DERIVED = tuple(metric.key for metric in metrics.table() if metric.kind is MetricKind.DERIVED)
STAGE = (
    "CREATE TEMPORARY TABLE demo_figures (revision_id bigint, area_id bigint, township_id bigint, "
    + ", ".join(f'"{key}" text' for key in TYPED)
    + ") ON COMMIT DROP"
)


def insert_figures() -> str:
    """Typed figures from the stage, derived ones from the records."""
    typed = ", ".join(f's."{key}"::{"date" if key.endswith("_on") else "int"}' for key in TYPED)
    derived = ", ".join(f"({metric.sql})::int" for metric in metrics.derived())
    listed = ", ".join(f'"{key}"' for key in (*TYPED, *DERIVED))
    return (
        "INSERT INTO reports_dailyfigure (date, revision_id, area_id, township_id, round_id, extras, marks, note, "
        f"unit_path, {listed}) SELECT %(day)s, s.revision_id, s.area_id, s.township_id, %(round)s, '{{}}', '{{}}', "
        f"'', '', {typed}, {derived} FROM demo_figures s "
        "JOIN elections_org org ON org.area_id = s.area_id AND org.round_id = %(round)s"
    )


class Reports:
    """Files the demonstration's reports day by day."""

    def __init__(
        self, round: Round, offices: dict[int, Assignment], *, seed: int, now: datetime.datetime
    ) -> None:
        self.round, self.offices, self.seed, self.now = round, offices, seed, now
        self.cursor = connections["owner"].cursor()
        self.derived: dict[int, dict[str, int]] = {}
        self.townships = self._townships()

    def _townships(self) -> dict[Area, list[tuple[int, plan.Village]]]:
        derived = ", ".join(f"({metric.sql})::int" for metric in metrics.derived())
        self.cursor.execute(
            f"SELECT a.parent_id, a.id, a.code, org.registered_voters, {derived} FROM elections_org org "
            "JOIN accounts_area a ON a.id = org.area_id WHERE org.round_id = %s ORDER BY a.path",
            [self.round.pk],
        )
        rows = self.cursor.fetchall()
        areas = Area.objects.using("owner").select_related("parent").in_bulk({row[0] for row in rows})
        found: dict[Area, list[tuple[int, plan.Village]]] = {}
        for parent, area_id, code, voters, *base in rows:
            village = plan.course(self.seed, code, voters, self.round.reporting_from)
            self.derived[area_id] = {
                key: value for key, value in zip(DERIVED, base, strict=True) if value is not None
            }
            found.setdefault(areas[parent], []).append((area_id, village))
        return found

    def file_all(self, days: list[datetime.date], progress: Progress) -> int:
        """File every day; returns the number of revisions."""
        cut_off = DEFAULT_CUT_OFF[4]
        calendar: dict[datetime.date, list[tuple[Area, plan.Filing]]] = {day: [] for day in days}
        for township in self.townships:
            for filing in plan.filings(self.seed, township.code, days, cut_off, self.now):
                calendar[filing.day].append((township, filing))
        made = 0
        for done, day in enumerate(days):
            progress(done, len(days), f"{day:%m-%d} 日报")
            made += self._file_day(day, sorted(calendar[day], key=lambda entry: entry[1].number))
        return made

    def _file_day(self, day: datetime.date, entries: list[tuple[Area, plan.Filing]]) -> int:
        self.cursor.execute("SELECT daily_figure_partition(%s)", [day])
        sheets = self._sheets(day, entries)
        requests = self._requests(day, entries, sheets)
        revisions, rows = [], []
        for township, filing in entries:
            revision, figures = self._revision(township, filing, requests.get(township.pk))
            revisions.append(revision)
            rows.append(figures)
        DailyRevision.objects.using("owner").bulk_create(revisions)
        self._insert(day, revisions, rows)
        return len(revisions)

    def _sheets(self, day: datetime.date, entries: list) -> dict[int, DailySheet]:
        newest = {township.pk: filing for township, filing in entries}
        first = {township.pk: filing for township, filing in reversed(entries)}
        made = DailySheet.objects.using("owner").bulk_create(
            DailySheet(
                round=self.round,
                area_id=area_id,
                date=day,
                state=SheetState.FILED,
                version=filing.number + 1,
                revisions=filing.number,
                first_filed_at=first[area_id].filed_at,
            )
            for area_id, filing in newest.items()
        )
        return {sheet.area_id: sheet for sheet in made}

    def _requests(self, day: datetime.date, entries: list, sheets: dict) -> dict[int, CorrectionRequest]:
        """The request and consent behind each second revision."""
        made = CorrectionRequest.objects.using("owner").bulk_create(
            CorrectionRequest(
                sheet=sheets[township.pk],
                area=township,
                date=day,
                revision_number=1,
                reason="走访户次抄错一行，核对后更正",
                asked_at=filing.filed_at - ASKED_BEFORE,
                asked_by=self.offices[township.pk],
                asked_by_name=self.offices[township.pk].holder_name,
                decision="consented",
                decided_by=self.offices[township.parent_id],
                decided_by_name=self.offices[township.parent_id].holder_name,
                decided_at=filing.filed_at,
            )
            for township, filing in entries
            if filing.number == 2
        )
        return {request.area_id: request for request in made}

    def _revision(
        self, township: Area, filing: plan.Filing, request: CorrectionRequest | None
    ) -> tuple[DailyRevision, list[tuple[int, dict]]]:
        villages = self.townships[township]
        rows = [
            (
                area_id,
                village,
                plan.figures(
                    self.seed, village, filing.day, zero=filing.is_zero, spike=filing.spike and n == 0
                ),
            )
            for n, (area_id, village) in enumerate(villages)
        ]
        if filing.number == 2:
            rows[0][2]["visits"] = int(rows[0][2]["visits"]) + 10
        else:
            request = None
        office = self.offices[township.pk]
        canonical = [
            CanonicalRow(village.code, {**self.derived[area_id], **values}, {}, "")
            for area_id, village, values in rows
        ]
        spiked = rows[0][1].code if filing.spike else ""
        revision = DailyRevision(
            round=self.round,
            area=township,
            date=filing.day,
            number=filing.number,
            sheet_version=filing.number,
            filed_by=office,
            filed_by_name=office.holder_name,
            filed_by_office=office.office_name,
            filed_at=filing.filed_at,
            due_at=due_at(filing.day, DEFAULT_CUT_OFF[4]),
            reason=request.reason if request else "",
            request=request,
            consented_by=request.decided_by if request else None,
            consented_by_name=request.decided_by_name if request else "",
            villages=len(rows),
            figures=sum(len(values) for _, _, values in rows),
            is_zero=filing.is_zero,
            warnings=[self._warning(spiked, rows[0][2]["trainings"])] * bool(spiked)
            + [_hasty(village.code) for _, village, _ in rows if _votes_too_early(village, filing.day)],
            digest=digest(township.code, filing.day, filing.number, canonical),
        )
        revision.mac = mac_of(revision)
        return revision, [(area_id, values) for area_id, _, values in rows]

    @staticmethod
    def _warning(code: str, value: object) -> dict[str, str]:
        return {
            "code": "DR-031",
            "village": code,
            "key": "trainings",
            "message": f"{value}，超过近 7 日最高的 3 倍",
            "reason": SPIKE_REASON,
        }

    def _insert(self, day: datetime.date, revisions: list[DailyRevision], rows: list) -> None:
        def lines() -> Iterator[str]:
            for revision, figures in zip(revisions, rows, strict=True):
                for area_id, values in figures:
                    cells = [str(values[key]) if key in values else "\\N" for key in TYPED]
                    yield "\t".join([str(revision.pk), str(area_id), str(revision.area_id), *cells]) + "\n"

        self.cursor.execute(STAGE)
        self.cursor.copy_expert("COPY demo_figures FROM STDIN", io.StringIO("".join(lines())))
        self.cursor.execute(insert_figures(), {"day": day, "round": self.round.pk})
        self.cursor.execute("DROP TABLE demo_figures")


def _votes_too_early(village: plan.Village, day: datetime.date) -> bool:
    """Whether the village votes on this day although its list has not stood 20 days."""
    voted, listed = village.steps.get("voted_on"), village.steps.get("list_published_on")
    return voted == day and listed is not None and (voted - listed).days < 20


def _hasty(code: str) -> dict[str, str]:
    return {
        "code": "DR-070",
        "village": code,
        "key": "voted_on",
        "message": "名单公布距投票不足 20 日",
        "reason": "已报县换届办，改期公告未贴，投票结果待县里认定",
    }
