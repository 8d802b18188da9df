"""What the counties and the city did with the demonstration's reports: forwarded, returned, re-opened. By seed alone."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from accounts.models import Area, Assignment
from elections.models import Round
from reports.choices import CountyState, OpeningKind, SheetState
from reports.demo.plan import dice_for
from reports.models import CountyDay, CountyForward, CountyOpening, DailyRevision, DailySheet, SheetOpening
from reports.queries.county_day import mac_of
from reports.rules.forwarding import digest
from reports.rules.timing import DEFAULT_CUT_OFF, due_at

MINUTE = datetime.timedelta(minutes=1)
SILENT = ("报表员外出开会，电话催报两次未报", "台风停电，报表系统登录不上", "镇里正在投票，忙不过来")
CITY_REASONS = ("走访户次与上日相差过大，请核对", "投票村数与昨日不符", "两个镇培训人次疑似重复")
TOWN_REASONS = ("走访户次与台账不符，核对后再报", "培训人次像是累计数，核对后再报")
STILL_OPEN = datetime.timedelta(hours=30)


@dataclass
class Course:
    """One county's day as it is written: its forwardings so far and what is open."""

    county: Area
    date: datetime.date
    rows: list[DailyRevision]
    towns: list[Area]
    forwards: list[CountyForward] = field(default_factory=list)
    opening: CountyOpening | None = None
    confirmed: dict[int, int] = field(default_factory=dict)

    def filed_by(self, moment: datetime.datetime) -> dict[int, DailyRevision]:
        """The newest revision of each township at a moment, by area id."""
        rows = [row for row in self.rows if row.filed_at <= moment]
        return {row.area_id: row for row in sorted(rows, key=lambda row: row.number)}


class Lifecycle:
    """Writes the forwardings of the past and leaves a few days open."""

    def __init__(
        self, round: Round, offices: dict[int, Assignment], *, seed: int, now: datetime.datetime
    ) -> None:
        self.round, self.offices, self.seed, self.now = round, offices, seed, now

    def write(self, days: list[datetime.date]) -> int:
        """Forward every day; gives the number of forwardings."""
        made = 0
        for day in days:
            for course in self._courses(day):
                self._forward_day(course)
                self._save(course)
                made += len(course.forwards)
        self._leave_open(days)
        return made

    def _courses(self, day: datetime.date) -> list[Course]:
        rows = DailyRevision.objects.using("owner").select_related("area__parent")
        by_county: dict[Area, list[DailyRevision]] = defaultdict(list)
        for row in rows.filter(round=self.round, date=day).order_by("area__path"):
            if row.area.parent is not None:
                by_county[row.area.parent].append(row)
        return [
            Course(county, day, found, self._towns(county))
            for county, found in by_county.items()
            if county.pk in self.offices
        ]

    def _towns(self, county: Area) -> list[Area]:
        towns = Area.objects.using("owner").filter(
            parent=county,
            pk__in=DailyRevision.objects.using("owner").filter(round=self.round).values("area_id"),
        )
        return list(towns.order_by("code"))

    def _forward_day(self, course: Course) -> None:
        """First before or after 18:00, then once more for those who came later, then after a correction."""
        dice = dice_for(self.seed, "forward", course.county.code, course.date)
        due = due_at(course.date, DEFAULT_CUT_OFF[3])
        late = dice.random() < 0.05
        minutes = dice.randint(4, 90) if late else -dice.randint(3, 50)
        self._forward(course, due + minutes * MINUTE, "")
        first = [row for row in course.rows if row.number == 1]
        last_in = max((row.filed_at for row in first), default=due)
        if course.forwards and last_in > course.forwards[0].forwarded_at:
            self._forward(course, last_in + 12 * MINUTE, "supplement")
        corrected = [row.filed_at for row in course.rows if row.number > 1]
        if course.forwards and corrected:
            self._open(course, min(corrected) - 50 * MINUTE, dice.choice(CITY_REASONS), dice.random() < 0.5)
            self._forward(course, max(corrected) + 25 * MINUTE, "again")

    def _open(self, course: Course, moment: datetime.datetime, reason: str, reopen: bool) -> None:
        moment = max(moment, course.forwards[-1].forwarded_at + MINUTE)
        by = self.offices[self.round.area_id]
        course.opening = CountyOpening.objects.using("owner").create(
            round=self.round,
            area=course.county,
            date=course.date,
            kind=OpeningKind.REOPENED if reopen else OpeningKind.RETURNED,
            number=len(course.forwards),
            reason=reason,
            ends_at=moment + STILL_OPEN if reopen else None,
            opened_by=by,
            opened_by_name=by.holder_name,
            opened_by_office=by.office_name,
            opened_at=moment,
            author=self.offices[course.county.pk],
        )

    def _forward(self, course: Course, moment: datetime.datetime, why: str) -> None:
        if moment > self.now:
            return
        filed = course.filed_by(moment)
        added = [pk for pk in filed if pk not in course.confirmed]
        if not filed or (why == "supplement" and not added):
            return
        number, by = len(course.forwards) + 1, self.offices[course.county.pk]
        dice = dice_for(self.seed, "silent", course.county.code, course.date)
        late = {row.area_id for row in course.rows if row.number == 1 and row.late}
        lines = [
            _line(filed[town.pk], town, late=town.pk in late) for town in course.towns if town.pk in filed
        ]
        missing = [
            {"code": town.code, "name": town.name, "reason": dice.choice(SILENT)}
            for town in course.towns
            if town.pk not in filed
        ]
        opening = course.opening if why == "again" else None
        forward = CountyForward(
            round=self.round,
            area=course.county,
            date=course.date,
            number=number,
            day_version=2 * number - 1,
            forwarded_by=by,
            forwarded_by_name=by.holder_name,
            forwarded_by_office=by.office_name,
            forwarded_at=moment,
            due_at=due_at(course.date, DEFAULT_CUT_OFF[3]),
            reason=opening.reason if opening else f"补报 {len(added)} 个乡镇" if why else "",
            opening=opening,
            opened_by_id=opening.opened_by_id if opening else None,
            townships=len(course.towns),
            lines=lines,
            missing=missing,
            digest=digest(course.county.code, course.date, number, lines, missing),
        )
        forward.mac = mac_of(forward)
        course.forwards.append(forward)
        course.confirmed |= {pk: row.number for pk, row in filed.items()}
        if opening:
            course.opening = None

    def _save(self, course: Course) -> None:
        if not course.forwards:
            return
        CountyForward.objects.using("owner").bulk_create(course.forwards)
        state = CountyState.FORWARDED
        if course.opening is not None:
            state = CountyState(course.opening.kind)
        CountyDay.objects.using("owner").create(
            round=self.round,
            area=course.county,
            date=course.date,
            state=state,
            version=2 * len(course.forwards) + (course.opening is not None),
            forwards=len(course.forwards),
            first_forwarded_at=course.forwards[0].forwarded_at,
            opening=course.opening,
            open_until=course.opening.ends_at if course.opening else None,
        )
        sheets = DailySheet.objects.using("owner").filter(round=self.round, date=course.date)
        for number in set(course.confirmed.values()):
            towns = [pk for pk, confirmed in course.confirmed.items() if confirmed == number]
            sheets.filter(area__in=towns).update(confirmed=number)

    def _leave_open(self, days: list[datetime.date]) -> None:
        """Yesterday one county is returned, with a township returned and one re-opened; the day before one re-opened."""
        counties = list(
            CountyDay.objects.using("owner")
            .filter(round=self.round, state=CountyState.FORWARDED, date__in=days[-3:-1])
            .select_related("area")
            .order_by("-date", "unit_path")
        )
        by_date: dict[datetime.date, list[CountyDay]] = defaultdict(list)
        for found in counties:
            by_date[found.date].append(found)
        for back, reopen in ((2, False), (3, True)):
            listed = by_date.get(days[-back], []) if len(days) >= back else []
            if not listed:
                continue
            dice = dice_for(self.seed, "open", days[-back])
            found = listed[dice.randrange(len(listed))]
            self._open_now(found, dice.choice(CITY_REASONS), reopen=reopen)
            if not reopen:
                self._open_towns(found, dice.choice(TOWN_REASONS))

    def _open_now(self, found: CountyDay, reason: str, *, reopen: bool) -> None:
        course = Course(found.area, found.date, [], [])
        course.forwards = list(
            CountyForward.objects.using("owner").filter(round=self.round, area=found.area, date=found.date)
        )
        course.forwards.sort(key=lambda forward: forward.number)
        self._open(course, self.now - 90 * MINUTE, reason, reopen)
        if course.opening is None:
            return
        CountyDay.objects.using("owner").filter(pk=found.pk).update(
            state=course.opening.kind,
            version=found.version + 1,
            opening=course.opening,
            open_until=course.opening.ends_at,
        )

    def _open_towns(self, found: CountyDay, reason: str) -> None:
        """The county returns one township's day and re-opens another's."""
        sheets = DailySheet.objects.using("owner").filter(
            round=self.round, date=found.date, area__parent=found.area, state=SheetState.FILED
        )
        by = self.offices[found.area_id]
        for sheet, reopen in zip(sheets.order_by("area__path")[:2], (False, True), strict=False):
            opening = SheetOpening.objects.using("owner").create(
                round=self.round,
                area_id=sheet.area_id,
                date=sheet.date,
                kind=OpeningKind.REOPENED if reopen else OpeningKind.RETURNED,
                number=sheet.revisions,
                reason="补登一个村的谈话人次" if reopen else reason,
                ends_at=self.now + STILL_OPEN if reopen else None,
                opened_by=by,
                opened_by_name=by.holder_name,
                opened_by_office=by.office_name,
                opened_at=self.now - 60 * MINUTE,
                author=self.offices[sheet.area_id],
            )
            DailySheet.objects.using("owner").filter(pk=sheet.pk).update(
                state=opening.kind, version=sheet.version + 1, opening=opening, open_until=opening.ends_at
            )


def _line(revision: DailyRevision, town: Area, *, late: bool) -> dict[str, object]:
    return {
        "code": town.code,
        "name": town.name,
        "number": revision.number,
        "digest": revision.digest,
        "late": late,
        "zero": revision.is_zero,
    }
