"""T24: a superuser edits a filed revision, swaps two marks, or puts an old row back with its mark: all is seen."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from accounts.scope import scoped
from reports.models import DailyRevision
from reports.queries.receipts import altered, digest_of, is_intact, mac_of
from tests.cast import village_codes
from tests.reports.filed import file_day
from tests.snapshot import superuser

TOWN, TODAY = "990101001", timezone.localdate()


@pytest.fixture
def revisions(committed, cast) -> list[DailyRevision]:
    """Two days of one township, marked as the application marks them."""
    made = []
    for day in (TODAY - datetime.timedelta(days=1), TODAY):
        figures = {code: {"visits": 3} for code, _, _ in village_codes(TOWN)}
        made.append(file_day(cast, TOWN, day, figures))
    with scoped(cast.town):
        for revision in made:
            revision.digest = digest_of(DailyRevision.objects.get(pk=revision.pk))
            as_superuser(
                "UPDATE reports_dailyrevision SET digest = %s, mac = %s WHERE id = %s",
                revision.digest,
                mac_of(revision),
                revision.pk,
            )
    return made


def as_superuser(statement: str, *values: object) -> None:
    """What a database administrator can do: no trigger stops it."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement, values)
    finally:
        connection.close()


def intact(cast, revisions: list[DailyRevision]) -> list[bool]:
    with scoped(cast.town):
        return [is_intact(DailyRevision.objects.get(pk=revision.pk)) for revision in revisions]


def test_t24_untouched_rows_are_intact(cast, revisions):
    assert intact(cast, revisions) == [True, True]


def test_t24_an_edited_figure_is_seen(cast, revisions):
    as_superuser("UPDATE reports_dailyfigure SET visits = 30 WHERE revision_id = %s", revisions[1].pk)
    assert intact(cast, revisions) == [True, False]


def test_t24_figures_and_digest_edited_together_are_seen(cast, revisions):
    as_superuser("UPDATE reports_dailyfigure SET visits = 30 WHERE revision_id = %s", revisions[1].pk)
    with scoped(cast.town):
        forged = digest_of(DailyRevision.objects.get(pk=revisions[1].pk))
    as_superuser("UPDATE reports_dailyrevision SET digest = %s WHERE id = %s", forged, revisions[1].pk)
    assert intact(cast, revisions) == [True, False]


def test_t24_two_rows_with_their_marks_swapped_are_seen(cast, revisions):
    with scoped(cast.town):
        marks = [DailyRevision.objects.get(pk=revision.pk).mac for revision in revisions]
    for revision, mark in zip(revisions, reversed(marks), strict=True):
        as_superuser("UPDATE reports_dailyrevision SET mac = %s WHERE id = %s", mark, revision.pk)
    assert intact(cast, revisions) == [False, False]


def test_t24_another_author_with_the_old_mark_is_seen(cast, revisions):
    as_superuser(
        "UPDATE reports_dailyrevision SET filed_by_id = %s WHERE id = %s", cast.county.pk, revisions[0].pk
    )
    assert intact(cast, revisions) == [False, True]


def test_t24_the_nightly_check_names_exactly_the_altered_ones(cast, revisions):
    as_superuser("UPDATE reports_dailyfigure SET visits = 30 WHERE revision_id = %s", revisions[0].pk)
    with scoped(cast.town):
        found = altered(cast.rounds["9901"], revisions[0].date, TODAY)
    assert [revision.pk for revision in found] == [revisions[0].pk]


def test_t24_the_receipt_says_so(cast, revisions, client_of):
    url = f"/reports/daily/{TODAY}/"
    assert client_of("town").get(url).context["intact"] is True
    as_superuser("UPDATE reports_dailyfigure SET visits = 30 WHERE revision_id = %s", revisions[1].pk)
    answer = client_of("town").get(url)
    assert (answer.context["intact"], "与上报时不一致" in answer.content.decode()) == (False, True)


def test_t24_negative_control_a_digest_alone_can_be_forged(cast, revisions):
    """Without the key, figures and digest changed together would pass."""
    as_superuser("UPDATE reports_dailyfigure SET visits = 30 WHERE revision_id = %s", revisions[1].pk)
    with scoped(cast.town):
        revision = DailyRevision.objects.get(pk=revisions[1].pk)
        forged = digest_of(revision)
    as_superuser("UPDATE reports_dailyrevision SET digest = %s WHERE id = %s", forged, revision.pk)
    with scoped(cast.town):
        revision = DailyRevision.objects.get(pk=revision.pk)
        assert digest_of(revision) == revision.digest
