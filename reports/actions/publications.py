"""Give a table out, and look later whether it still says the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

from accounts import alarms, audit
from accounts.audit.anchors import short_head
from accounts.choices import Level
from accounts.errors import Refusal
from accounts.models import Area
from accounts.queries.trees import tree_on
from reports import audit_types
from reports.actions.exports import Place
from reports.choices import PublicationKind
from reports.models import Publication, PublicationCheck
from reports.queries.as_of import Past
from reports.queries.clock import database_now
from reports.queries.completeness import Completeness
from reports.queries.publications import made_again, tree_facts
from reports.queries.published_grid import frozen_grid, grid_question
from reports.queries.rollup import Table, totals_table
from reports.queries.season import Season
from reports.queries.village_lines import VillageLine
from reports.queries.villages import VillageFigure
from reports.rules.days import local_day
from reports.rules.published import (
    catalogue_digests,
    differences,
    digest_of,
    frozen,
    frozen_villages,
    named_as,
    sealed_villages,
)
from reports.rules.rollup_layouts import Layout

if TYPE_CHECKING:
    from accounts.scope import Scope

DRIFT = "publication_drift"
alarms.register(DRIFT, "公布的数表重算有出入")


@transaction.atomic
def publish(
    place: Place,
    tables: Sequence[Table],
    *,
    kind: str,
    mode: str,
    form: str,
    by: "Scope",
    villages: Sequence[VillageLine] = (),
) -> Publication:
    """Freeze `tables` (made as of `place.as_of`) with their question, tree and rules under the unit's next number.

    The tables are those of one layout, as the file or bulletin shows them; the numbers of a unit have no gaps.
    `villages`: every line of a file that goes down to them.
    """
    table, kept = tables[0], [frozen(each) for each in tables]
    if villages:
        kept.append(sealed_villages(villages))
    asked = {"table": table.layout.code, "mode": mode, "form": form}
    return _give_out(place, kept, asked, kind=kind, title=table.title, by=by)


@transaction.atomic
def publish_villages(
    place: Place,
    figure: dict[str, str],
    heading: str,
    rows: Sequence[VillageFigure],
    *,
    title: str,
    by: "Scope",
) -> Publication:
    """Freeze the villages behind one figure, of the unit `figure["of"]` (key `open`, part `what`), as handed out."""
    kept = [frozen_villages(place.unit, title, heading, rows)]
    asked = {"table": "villages", "mode": "day", "form": "xlsx", **figure}
    return _give_out(place, kept, asked, kind=PublicationKind.EXPORT, title=title, by=by)


@transaction.atomic
def publish_grid(place: Place, found: Completeness, title: str, *, by: "Scope") -> Publication:
    """Freeze a grid of completeness (made as of `place.as_of`) with the clocks it was judged by."""
    kept = [frozen_grid(found, title)]
    return _give_out(place, kept, grid_question(found), kind=PublicationKind.EXPORT, title=title, by=by)


def _give_out(
    place: Place, kept: list[dict[str, Any]], asked: dict[str, Any], *, kind: str, title: str, by: "Scope"
) -> Publication:
    if place.as_of is None or by.assignment is None:
        raise ValueError("a publication is of a moment and by a person")
    year = local_day(place.as_of).year
    audit.act(
        by,
        audit_types.TABLE_PUBLISHED,
        Publication,
        after={"unit": place.unit.code, "date": place.day, "kind": kind, "table": asked["table"]},
        unit_path=place.unit.path,
    )
    query = {**place.params(), **asked, "whole": by.covers(place.round.area)}
    tree, rules = tree_facts(place.unit, place.day), catalogue_digests()
    return Publication.objects.create(
        round=place.round,
        area=place.unit,
        date=place.day,
        kind=kind,
        year=year,
        number=_next_number(place.unit.pk, year),
        title=title[:120],
        as_of=place.as_of,
        query=query,
        tree=tree,
        rules=rules,
        tables=kept,
        digest=digest_of(query, tree, rules, kept),
        audit_head=short_head(),
        published_by=by.assignment,
        published_by_name=by.name,
        published_by_office=by.office,
    )


@transaction.atomic
def publish_table(place: Place, layout: Layout, mode: str, *, by: "Scope") -> Publication:
    """Give the table of a unit out as a bulletin: as of the moment asked for, or of now."""
    moment = place.as_of or database_now()
    season = Season((place.round,))
    past = Past(by, season, moment)
    table = totals_table(by, season, place.unit, place.day, layout, mode, place.tree, past)
    if table.total is None:
        raise Refusal(
            "nothing_to_publish",
            "这一天还没有数，选有数的一天再发布",
            field="date",
            source="公布",
            status=409,
        )
    return publish(
        replace(place, as_of=moment), [table], kind=PublicationKind.BULLETIN, mode=mode, form="", by=by
    )


def _next_number(area: int, year: int) -> int:
    """The number after the last one of the unit; whoever publishes at the same time waits."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('publication'), %s)", [area])
    last = Publication.objects.filter(area_id=area, year=year).order_by("-number").first()
    return last.number + 1 if last else 1


@transaction.atomic
def look_again(publication: Publication, *, by: "Scope") -> PublicationCheck:
    """Recompute a publication from the filed reports and keep what differs; a difference sounds an alarm.

    A change of the tree entered later for the day published is named first and alarms nobody: two persons signed it.
    """
    _refuse_left(publication, by)
    made = named_as(made_again(publication, by), publication.tables)
    found: list[dict[str, Any]] = differences(publication.tables, made)
    digest = digest_of(publication.query, publication.tree, publication.rules, made)
    own = digest_of(publication.query, publication.tree, publication.rules, publication.tables)
    tree = tree_facts(publication.area, publication.date)
    tree_changed = tree["digest"] != publication.tree["digest"]
    if tree_changed:
        found.insert(0, {"column": "区划", "before": publication.tree["units"], "after": tree["units"]})
    if own != publication.digest:  # the kept table itself was changed
        found.insert(0, {"column": "校验码", "before": publication.digest[:12], "after": own[:12]})
    same = not found and digest == publication.digest
    audit.act(
        by,
        audit_types.PUBLICATION_CHECKED,
        publication,
        after={"same": same, "differences": len(found)},
    )
    check = PublicationCheck.objects.create(
        publication=publication, area_id=publication.area_id, same=same, differences=found, digest=digest
    )
    if not same and (not tree_changed or own != publication.digest):
        alarms.sound(DRIFT, publication=publication.pk, differences=len(found))
    return check


def _refuse_left(publication: Publication, by: "Scope") -> None:
    """A reader below the city no longer reads the reports of townships that were moved away since."""
    if by.covers(publication.round.area):
        return
    then = {one.id for one in tree_on(publication.date, publication.area.path, Level.TOWNSHIP)}
    if then - set(Area.objects.within(publication.area.path).values_list("pk", flat=True)):
        raise Refusal(
            "publication_units_left",
            "公布以后有乡镇划出，它的日报本级不再看得到，请由市换届办重算",
            source="公布",
            status=409,
        )
