"""The reporting days a table of totals is about: of one round, or of all current rounds of a province."""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q

from accounts.choices import Level
from accounts.models import Area, AreaVersion
from elections.models import Round
from reports.models import CutOff
from reports.rules.timing import DEFAULT_CUT_OFF


@dataclass(frozen=True)
class Season:
    """Rounds shown together: one below a province; those of one year at a province, whose rows carry the year."""

    rounds: tuple[Round, ...]
    province: "Area | None" = None

    @property
    def first(self) -> datetime.date:
        """The first reporting day of any of the rounds."""
        return min(round.reporting_from for round in self.rounds)

    @property
    def last(self) -> datetime.date:
        return max(round.reporting_to for round in self.rounds)

    def rows(self, unit: Area) -> Q:
        """Stored totals of a unit and of the units directly below it."""
        both = Q(area=unit) | below_on_its_day(unit)
        if self.province is None:
            return both & Q(round=self.rounds[0])
        own = Q(area=unit, round=None, year=self.rounds[0].year)
        return own | below_on_its_day(unit) & Q(round__in=[round.pk for round in self.rounds])


def below_on_its_day(unit: Area) -> Q:
    """Totals of the units that stood directly below `unit` on the day of each row."""
    then = AreaVersion.objects.filter(area=OuterRef("area"), valid_to__gt=OuterRef("date")).filter(
        Q(valid_from=None) | Q(valid_from__lte=OuterRef("date"))
    )
    now = Q(area__version_from=None) | Q(area__version_from__lte=F("date"))
    ever = (
        Area.objects.filter(parent=unit)
        .values("pk")
        .union(AreaVersion.objects.filter(parent=unit).values("area_id"))
    )
    moved = Q(Exists(then.filter(parent=unit)))
    return Q(area__in=ever) & ((now & Q(area__parent=unit)) | (~now & moved))


def season_of(province: Area) -> tuple[Season, datetime.time] | None:
    """The current rounds of the cities of a province and their latest township cut-off; None without any.

    Cities whose rounds are of an earlier year are left out, as the province's stored row leaves them out; practice
    rounds never count. Two queries.
    """
    rounds = list(
        Round.objects.current()
        .filter(area__parent=province, practice=False)
        .select_related("area")
        .order_by("area__path")
    )
    if not rounds:
        return None
    year = max(round.year for round in rounds)
    shown = tuple(round for round in rounds if round.year == year)
    set_here = dict(
        CutOff.objects.filter(round__in=shown, level=Level.TOWNSHIP).values_list("round_id", "at")
    )
    times = [set_here.get(round.pk, DEFAULT_CUT_OFF[Level.TOWNSHIP]) for round in shown]
    return Season(shown, province), max(times)
