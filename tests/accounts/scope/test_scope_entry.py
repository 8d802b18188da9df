"""Scope is what the token says, for one transaction, and nothing without one."""

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.models import Assignment
from accounts.scope import enter, scoped
from tests.helpers import as_owner


def names(rows) -> list[str]:
    return sorted(row.user_id for row in rows)


def test_no_scope_shows_no_rows(db):
    assert list(Assignment.objects.all()) == []


def test_county_sees_assignments_of_its_subtree(db, cast):
    with scoped(cast.county):
        seen = {row.pk for row in Assignment.objects.all()}
    inside = {
        cast.people[key].pk
        for key in (
            ["county", "town", "sibling_town", "second_entry", "reviewer", "inspector", "evaluator", "leader"]
        )
    }
    # The leader's, inspector's and evaluator's rows are assignments, not villages: no unit list narrows them here.
    assert seen == inside


def test_township_sees_its_own_assignment_only(db, cast):
    with scoped(cast.town):
        assert [row.pk for row in Assignment.objects.all()] == [cast.town.pk]


def test_scope_ends_with_the_block(db, cast):
    with scoped(cast.county):
        pass
    assert list(Assignment.objects.all()) == []


def test_unknown_token_raises_and_never_looks_like_nothing(db):
    enter("no such token")
    with pytest.raises(DatabaseError) as refused:
        list(Assignment.objects.all())
    assert refused.value.__cause__.pgcode == "CX002"


def test_scope_is_refused_outside_a_transaction(committed):
    with pytest.raises(RuntimeError):
        enter("whatever")


def test_revoked_assignment_loses_its_scope_at_once(committed, cast):
    with scoped(cast.town):
        assert len(Assignment.objects.all()) == 1
        with as_owner():
            Assignment.objects.using("owner").filter(pk=cast.town.pk).update(revoked_at=timezone.now())
        with pytest.raises(DatabaseError) as refused:
            list(Assignment.objects.all())
        connection.needs_rollback = True
    assert refused.value.__cause__.pgcode == "CX003"


def test_committed_tests_leave_the_cast_as_it_was(db, cast):
    assert Assignment.objects.using("owner").get(pk=cast.town.pk).revoked_at is None
