"""Grants above township and cross-unit accounts: asked by one administrator, decided by another account."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.actions import grants, people
from accounts.choices import Role
from accounts.models import Area, Assignment, AuditAct, GrantRequest, User
from accounts.queries.people import request_cards
from accounts.rules.people import needs_two_persons
from accounts.scope import scoped
from tests.accounts.people.test_people_actions import area, grant, refusal
from tests.helpers import as_owner

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def new_user(committed, cast) -> User:
    with scoped(cast.admin) as by:
        return people.create_user(username="lisi", display_name="李四", by=by)[0]


def asked(user, cast, role=Role.COUNTY_OFFICE, code="990101", by="security") -> GrantRequest:
    with scoped(cast.people[by]) as scope:
        return grant(user, scope, Area.objects.get(code=code) if code else None, role)


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.CITY_OFFICE, "9901"),
        (Role.COUNTY_OFFICE, "990101"),
        (Role.SECOND_ENTRY, "990101"),
        (Role.LEADER, "990101001"),
        (Role.SECURITY_ADMIN, None),
        (Role.ADMIN, None),
    ],
)
def test_what_one_asks_another_carries_out(new_user, cast, role, code):
    request = asked(new_user, cast, role, code)
    assert (type(request), people.held_by(new_user.pk)) == (GrantRequest, [])
    with scoped(cast.admin) as by:
        decided = grants.decide(request, approve=True, by=by)
    (held,) = people.held_by(new_user.pk)
    assert (held.role, held.area.code if held.area else None) == (role, code)
    assert (decided.asked_by_account, decided.decided_by_account) == (
        cast.security.user_id,
        cast.admin.user_id,
    )
    types = list(AuditAct.objects.using("owner").order_by("pk").values_list("type", flat=True))[-3:]
    assert types == ["grants.asked", "grants.approved", "assignments.granted"]


def test_a_township_role_needs_one_person(new_user, cast):
    assert type(asked(new_user, cast, Role.TOWNSHIP, "990101001", by="admin")) is Assignment


def test_a_second_township_for_the_same_account_needs_two(new_user, cast):
    asked(new_user, cast, Role.TOWNSHIP, "990101001", by="admin")
    assert type(asked(new_user, cast, Role.SECOND_ENTRY, "990101001", by="admin")) is Assignment
    assert type(asked(new_user, cast, Role.TOWNSHIP, "990101102", by="admin")) is GrantRequest


def test_both_sides_of_the_rule(cast):
    town = area("990101001")
    held = [Assignment(unit_path=town.path)]
    assert not needs_two_persons(role=Role.TOWNSHIP, area=town, held=[])
    assert not needs_two_persons(role=Role.TOWNSHIP, area=town, held=held)
    assert needs_two_persons(role=Role.TOWNSHIP, area=area("990101102"), held=held)
    assert needs_two_persons(role=Role.LEADER, area=town, held=[])
    assert needs_two_persons(role=Role.SECOND_ENTRY, area=area("990101"), held=[])


def test_who_asks_does_not_decide(new_user, cast):
    request = asked(new_user, cast)
    with scoped(cast.security) as by:
        assert refusal(grants.decide, request, approve=True, by=by) == "second_person_required"
    assert people.held_by(new_user.pk) == []


def test_the_database_refuses_the_author_too(new_user, cast):
    """The rule in Python is not the only one: the same row written past it."""
    request = asked(new_user, cast)
    row = GrantRequest.objects.using("owner").filter(pk=request.pk)
    facts = {"decision": "approved", "decided_by": cast.security, "decided_at": request.asked_at}
    with pytest.raises(IntegrityError, match="grant_approver_is_not_author"), as_owner():
        row.update(**facts, decided_by_account=cast.security.user_id)
    with transaction.atomic(using="owner"), as_owner():
        assert row.update(**facts, decided_by_account=cast.admin.user_id) == 1


def test_two_roles_of_one_person_are_one_person(new_user, cast):
    """The security administrator who holds the role twice decides nothing it has asked."""
    with as_owner():
        second = Assignment.objects.using("owner").create(
            user_id=cast.security.user_id, holder_name="甲", office_name="系统", role=Role.SECURITY_ADMIN,
            area=area("9901"), valid_from=cast.security.valid_from,
        )  # fmt: skip
    request = asked(new_user, cast)
    with scoped(second) as by:
        assert refusal(grants.decide, request, approve=True, by=by) == "second_person_required"


def test_nobody_decides_about_itself(cast):
    with as_owner():
        own = GrantRequest.objects.using("owner").create(
            kind="grant", user_id=cast.admin.user_id, holder_name="甲", role=Role.CITY_OFFICE, area=area("9901"),
            office_name="乙", valid_from=cast.admin.valid_from, asked_by=cast.security,
            asked_by_account=cast.security.user_id, asked_by_name="丙",
        )  # fmt: skip
    with scoped(cast.admin) as by:
        assert refusal(grants.decide, own, approve=True, by=by) == "grant_to_oneself"


def test_declining_needs_a_reason_and_gives_nothing(new_user, cast):
    request = asked(new_user, cast)
    with scoped(cast.admin) as by:
        assert refusal(grants.decide, request, approve=False, by=by) == "reason_required"
        grants.decide(request, approve=False, answer="不符", by=by)
        assert refusal(grants.decide, request, approve=True, by=by) == "request_decided"
    assert people.held_by(new_user.pk) == []


def test_the_same_request_waits_once(new_user, cast):
    asked(new_user, cast)
    with pytest.raises(ValidationError) as again:
        asked(new_user, cast)
    assert "同样的申请已在等审批" in str(again.value)


@pytest.mark.parametrize("who", ["city", "county", "auditor"])
def test_only_administrators_decide(new_user, cast, who):
    request = asked(new_user, cast)
    with scoped(cast.people[who]) as by, pytest.raises((GrantRequest.DoesNotExist, people.Refusal)):
        grants.decide(request, approve=True, by=by)
    assert people.held_by(new_user.pk) == []


def test_the_other_administrator_finds_it_on_its_first_page(new_user, cast):
    asked(new_user, cast)
    with scoped(cast.admin) as by:
        assert [card.title for card in request_cards(by, None)] == ["审批：授予东塘区县级换届办"]
    with scoped(cast.security) as by:
        assert request_cards(by, None) == []


def test_screen_and_api_ask_and_decide(client_of, cast, new_user):
    form = {"role": "county_office", "area": "990101", "office_name": "东塘区", "valid_from": "2026-01-01"}
    page = f"/system/users/{new_user.pk}/grant/"
    assert client_of("security").post(page, form).status_code == 302
    request = GrantRequest.objects.using("owner").get()
    api = client_of("admin")
    listed = api.get("/api/v1/grant-requests/?decision=pending").json()["results"]
    assert [(row["id"], row["role"], row["area"]) for row in listed] == [
        (request.pk, "county_office", "990101")
    ]
    own = client_of("security").post(f"/system/users/requests/{request.pk}/", {"approve": "1"}, follow=True)
    assert "申请人不能审批自己的申请" in own.content.decode()
    answer = api.post(
        f"/api/v1/grant-requests/{request.pk}/", {"approve": True}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["decision"]) == (200, "approved")
    assert [row.role for row in people.held_by(new_user.pk)] == ["county_office"]
