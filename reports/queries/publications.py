"""What is published: the tables of a question as of its moment, made the same way when given out and when looked at."""

import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery

from accounts.models import Area
from accounts.queries.trees import tree_on
from elections.models import Round
from reports import metrics
from reports.models import Publication, PublicationCheck
from reports.queries.as_of import Past
from reports.queries.published_grid import GRID, grid_again
from reports.queries.rollup import totals_table
from reports.queries.season import Season
from reports.queries.settings import table_on
from reports.queries.settled import PUBLICATIONS, settle
from reports.queries.statistical import STATISTICAL, townships_of
from reports.queries.village_lines import village_lines
from reports.queries.villages import villages_behind
from reports.rules.published import VILLAGES, digest_of, frozen, frozen_villages, sealed_villages
from reports.rules.rollup_layouts import layouts, own_items

if TYPE_CHECKING:
    from accounts.scope import Scope


def tree_facts(unit: Area, day: datetime.date) -> dict[str, Any]:
    """The tree below a unit on a day: how many units it has, and the digest of who stands where. One query."""
    units = [[one.code, one.level, one.kind, one.path] for one in tree_on(day, unit.path)]
    return {"day": day.isoformat(), "units": len(units), "digest": digest_of(units)}


def made_again(publication: Publication, scope: "Scope") -> list[dict[str, Any]]:
    """The tables of a publication from what had been filed by its moment, under the reader's scope.

    The units are those it was made of; a unit that is gone is not among them any more.
    """
    query = publication.query
    round: Round = publication.round
    if query.get("table") == GRID:
        return [grid_again(publication, scope)]
    if query.get("open"):
        return [villages_again(publication, scope)]
    past = Past(scope, Season((round,)), publication.as_of, whole=query["whole"])
    layout = layouts(own_items(table_on(round, publication.date)))[query["table"]]
    codes = [table["unit"] for table in publication.tables]
    units = {area.code: area for area in Area.objects.filter(code__in=codes)}
    totals = [
        frozen(
            totals_table(
                scope,
                past.season,
                units[code],
                publication.date,
                layout,
                query["mode"],
                query["tree"],
                past,
            )
        )
        for code in codes
        if code in units
    ]
    if VILLAGES not in codes:
        return totals
    lines = village_lines(scope, round, publication.area, publication.date, layout, query["tree"], past)
    return [*totals, sealed_villages(lines)]


def villages_again(publication: Publication, scope: "Scope") -> dict[str, Any]:
    """The villages behind a published figure, from what had been filed by its moment. At most four queries."""
    query, round, of = publication.query, publication.round, publication.area
    townships = townships_of(of, publication.date) if query["tree"] == STATISTICAL else None
    rows, _ = villages_behind(
        scope,
        round,
        of if townships is None else round.area,
        publication.date,
        query["open"],
        query["what"],
        townships=townships,
        moment=publication.as_of,
    )
    return frozen_villages(of, publication.title, metrics.by_key()[query["open"]].name, rows)


def publication_list(
    scope: "Scope", unit: Area, moment: datetime.datetime | None = None
) -> list[Publication]:
    """What was published of a unit and the units below it, newest first, with its last look. One query.

    `moment`: what had been given out and looked at by then; one query more.
    """
    last = PublicationCheck.objects.filter(publication=OuterRef("pk")).order_by("-checked_at", "-id")
    rows = Publication.objects.visible_to(scope).within(unit)
    if moment is not None:
        settle(PUBLICATIONS, moment)
        rows, last = rows.filter(published_at__lte=moment), last.filter(checked_at__lte=moment)
    return list(
        rows.select_related("area")
        .defer("tables", "query", "tree", "rules")
        .annotate(same=Subquery(last.values("same")[:1]), looked_at=Subquery(last.values("checked_at")[:1]))
        .order_by("-published_at", "-id")[:500]
    )
