"""当时公布 beside 现在所知: a table as it was given out or stood at the cut-off, the same table now, and why they differ."""

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from accounts.choices import Level
from accounts.errors import Refusal
from accounts.models import Area
from reports.choices import PublicationKind
from reports.models import Publication
from reports.queries.as_of import Past
from reports.queries.late_reports import LateReport, Window, late_reports
from reports.queries.rollup import Table, totals_table
from reports.queries.season import Season, season_of
from reports.queries.settings import cut_offs
from reports.queries.statistical import STATISTICAL, townships_of
from reports.rules.published import frozen
from reports.rules.rollup_layouts import Layout, is_flow
from reports.rules.side_by_side import UnitPairs, unit_pairs
from reports.rules.timing import DEFAULT_CUT_OFF, due_at

if TYPE_CHECKING:
    from accounts.scope import Scope


@dataclass(frozen=True)
class Asked:
    """Which table is compared."""

    season: Season
    unit: Area
    day: datetime.date
    layout: Layout
    mode: str
    tree: str

    @cached_property
    def cut_off(self) -> datetime.datetime:
        """When the townships' reports of the day were due. One query."""
        if self.season.province is not None:
            found = season_of(self.season.province)
            return due_at(self.day, found[1] if found else DEFAULT_CUT_OFF[Level.TOWNSHIP])
        return due_at(self.day, cut_offs(self.season.rounds[0])[Level.TOWNSHIP])

    @cached_property
    def townships(self) -> list[int] | None:
        """Those of a unit of the statistical tree; None in the managing one. At most one query."""
        return townships_of(self.unit, self.day) if self.tree == STATISTICAL else None


@dataclass(frozen=True)
class Then:
    """What counts as published: a publication, or (None) what was known at the cut-off of the day."""

    moment: datetime.datetime
    publication: Publication | None = None


@dataclass(frozen=True)
class Comparison:
    """Both sides. `own`: all figures of the unit; `below`: of each unit below, those that differ.

    `late`: what was filed between the two moments and counts. `left`: (heading, difference) of counts of the unit that
    those reports do not explain: the tree or a stored figure has changed since.
    """

    asked: Asked
    then: Then
    moment: datetime.datetime
    own: UnitPairs | None
    below: list[UnitPairs]
    late: list[LateReport]
    left: list[tuple[str, int]]
    table: Table


def publications_of(scope: "Scope", asked: Asked, until: datetime.datetime) -> list[Publication]:
    """Publications of exactly this table made by `until`, newest first, without their figures. One query."""
    if asked.season.province is not None:
        return []
    rows = Publication.objects.visible_to(scope).filter(
        round=asked.season.rounds[0],
        area=asked.unit,
        date=asked.day,
        as_of__lte=until,
        query__table=asked.layout.code,
        query__mode=asked.mode,
        query__tree=asked.tree,
    )
    return list(
        rows.exclude(query__has_key="open")
        .select_related("area")
        .defer("tables")
        .order_by("-published_at", "-id")
    )


def compared_with(scope: "Scope", asked: Asked, moment: datetime.datetime, wanted: int | None = None) -> Then:
    """What the table is compared with (`then_of`); refuses what is not there, or had not come at `moment`."""
    then = then_of(publications_of(scope, asked, moment), asked, wanted)
    if then is None or then.moment > moment:
        raise Refusal(
            "nothing_published",
            "这一天到那时还没截止，也没有发布过这张表，请换一天或换一个时刻",
            field="then",
            source="公布",
            status=409,
        )
    return then


def then_of(given: list[Publication], asked: Asked, wanted: int | None = None) -> Then | None:
    """The publication `wanted` (0: the cut-off), else the newest bulletin, else the cut-off. None: it is not there."""
    if wanted:
        return next((Then(one.as_of, one) for one in given if one.pk == wanted), None)
    bulletin = next((one for one in given if one.kind == PublicationKind.BULLETIN), None)
    return Then(bulletin.as_of, bulletin) if bulletin and wanted is None else Then(asked.cut_off)


def comparison(scope: "Scope", asked: Asked, then: Then, moment: datetime.datetime) -> Comparison:
    """The table then and as known at `moment`, which is not before it, and every late report between the two."""
    table = _table(scope, asked, moment)
    now = _shown(scope, asked, frozen(table))
    kept = then.publication.tables[0] if then.publication is not None else None
    was = kept or frozen(_table(scope, asked, then.moment))
    own, below = unit_pairs(_shown(scope, asked, was), now)
    late = late_reports(scope, window_of(asked, then.moment, moment), asked.layout)
    return Comparison(asked, then, moment, own, below, late, _left(asked, own, late), table)


def window_of(asked: Asked, then: datetime.datetime, now: datetime.datetime) -> Window:
    """The reports that count in this table: of its day, of the day it is compared with, and of all days in 累计."""
    before = asked.day - datetime.timedelta(days=7 if asked.mode == "week" else 1)
    since = asked.season.first if asked.mode == "total" else None
    ground = asked.season.rounds[0].area if asked.townships is not None else asked.unit
    return Window(asked.season, ground, [asked.day, before], then, now, since, asked.townships)


def _table(scope: "Scope", asked: Asked, moment: datetime.datetime) -> Table:
    past = Past(scope, asked.season, moment)
    return totals_table(
        scope, asked.season, asked.unit, asked.day, asked.layout, asked.mode, asked.tree, past
    )


def _shown(scope: "Scope", asked: Asked, kept: dict[str, Any]) -> dict[str, Any]:
    """A kept table as this reader may see it: the place of the own unit is told only to who sees its siblings."""
    if scope.covers(asked.season.rounds[0].area) or kept["total"] is None:
        return kept
    total = kept["total"]
    hidden = [[None, "none", *cell[2:4], 0, "rank"] if cell[5] == "rank" else cell for cell in total["cells"]]
    return {**kept, "total": {**total, "cells": hidden}}


def _left(asked: Asked, own: UnitPairs | None, late: list[LateReport]) -> list[tuple[str, int]]:
    """Differences of the unit's counts that are not the sum of what the late reports changed."""
    if own is None or own.only:
        return []
    pairs, found = {pair.heading: pair for pair in own.pairs}, []
    headed = [
        (f"{group.heading} {one.heading}", one) for group in asked.layout.groups for one in group.columns
    ]
    for heading, column in headed:
        pair = pairs.get(heading)
        if pair is None or column.show not in ("value", "local", "missing"):
            continue
        key = column.key or "missing"
        summed = asked.mode == "total" and is_flow(key)
        explained = sum(
            (effect.after or 0) - (effect.before or 0)
            for report in late
            for effect in report.effects
            if effect.key == key and (summed or effect.day == asked.day)
        )
        before, after = (cell[0] if cell else None for cell in (pair.then, pair.now))
        if left := (after or 0) - (before or 0) - explained:
            found.append((pair.heading, left))
    return found
