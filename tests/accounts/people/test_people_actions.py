"""Accounts and roles: who may do what to whom, what ends at once, what the trail keeps."""

import datetime

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts import audit
from accounts.actions import people
from accounts.choices import Role
from accounts.errors import Refusal, codes
from accounts.models import ApiToken, Area, Assignment, AuditAct, User, UserSession
from accounts.rules.people import grantable_roles
from accounts.scope import scoped
from tests.accounts.people.test_sessions import is_in, signed_in
from tests.accounts.people.test_sign_in import enter
from tests.helpers import as_owner

TODAY = datetime.date(2026, 11, 22)
OFFICE = "岭下街道"


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **kwargs)
    return codes(refused.value)[0]


@pytest.fixture
def new_user(committed, cast) -> User:
    with scoped(cast.admin) as by:
        return people.create_user(username="lisi", display_name="李四", by=by)[0]


def grant(user, by, area=None, role=Role.TOWNSHIP, **more) -> Assignment:
    values = {"office_name": OFFICE, "valid_from": TODAY, **more}
    return people.grant_role(user, role=role, area=area, by=by, **values)


def area(code: str) -> Area:
    return Area.objects.using("owner").get(code=code)


def test_a_new_account_has_a_one_time_password_and_no_role(committed, cast):
    with scoped(cast.admin) as by:
        user, password = people.create_user(username=" LiSi ", display_name="李四", by=by)
    assert (user.username, user.must_change_password, user.check_password(password)) == ("lisi", True, True)
    assert people.held_by(user.pk) == []
    act = AuditAct.objects.using("owner").filter(type="users.created").latest("pk")
    assert (act.assignment_id, act.holder_name) == (cast.admin.pk, cast.admin.holder_name)
    assert password not in str(act.after)


@pytest.mark.parametrize("username", ["ab", "1abc", "a b c", "李四", "a" * 41, ""])
def test_malformed_names(committed, cast, username):
    with scoped(cast.admin) as by:
        assert (
            refusal(people.create_user, username=username, display_name="甲", by=by) == "username_malformed"
        )


def test_a_name_is_taken_once_whatever_the_case(committed, cast):
    with scoped(cast.admin) as by:
        assert refusal(people.create_user, username="TOWN", display_name="甲", by=by) == "username_taken"


@pytest.mark.parametrize("who", ["city", "county", "town", "auditor", "hotline"])
def test_only_the_two_administrators_manage_accounts(committed, cast, who):
    with scoped(cast.people[who]) as by:
        assert refusal(people.create_user, username="wangwu", display_name="王五", by=by) == "not_a_manager"


def test_grantable_roles():
    assert grantable_roles(Role.ADMIN) == ["township", "second_entry"]
    assert grantable_roles(Role.SECURITY_ADMIN) == list(Role.values)
    assert grantable_roles(Role.CITY_OFFICE) == []


def test_the_administrator_grants_a_township_role(new_user, cast):
    with scoped(cast.admin) as by:
        assignment = grant(new_user, by, area("990101001"))
    assignment.refresh_from_db(using="owner")
    assert assignment.unit_path == "99/9901/990101/990101001/"
    act = AuditAct.objects.using("owner").filter(type="assignments.granted").latest("pk")
    assert act.after == {"account": "lisi", "role": "township", "area": "990101001"}


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
def test_roles_above_township_are_the_security_administrators(new_user, cast, role, code):
    unit = area(code) if code else None
    with scoped(cast.admin) as by:
        assert refusal(grant, new_user, by, unit, role) == "grant_above_township"
    with scoped(cast.security) as by:
        assert grant(new_user, by, unit, role).role == role


def test_nobody_grants_itself(committed, cast):
    with scoped(cast.security) as by:
        assert refusal(grant, cast.users["security"], by, area("9901"), Role.CITY_OFFICE) == "own_account"


@pytest.mark.parametrize(
    ("role", "code", "refused"),
    [
        (Role.TOWNSHIP, "990101", "area_wrong_level"),
        (Role.COUNTY_OFFICE, "990101001", "area_wrong_level"),
        (Role.TOWNSHIP, None, "area_required"),
    ],
)
def test_a_role_has_its_level(new_user, cast, role, code, refused):
    with scoped(cast.security) as by:
        assert refusal(grant, new_user, by, area(code) if code else None, role) == refused


def test_a_grantor_stays_in_its_own_subtree(new_user, cast):
    with as_owner():
        row = Assignment.objects.using("owner").get(pk=cast.security.pk)
        row.area = area("9901")
        row.save(using="owner")
    row.refresh_from_db()
    with scoped(row) as by:
        assert refusal(grant, new_user, by, area("990201101")) == "area_outside"
        assert refusal(grant, new_user, by, None, Role.ADMIN) == "area_outside"
        assert grant(new_user, by, area("990101001")).area.code == "990101001"


def test_named_villages_lie_in_the_area(new_user, cast):
    inside, outside = area("990101001201"), area("990201101201")
    with scoped(cast.security) as by:
        given = {"area": area("990101"), "role": Role.LEADER}
        assert refusal(grant, new_user, by, units=[outside], **given) == "units_outside"
        assert grant(new_user, by, units=[inside], **given).units == [inside.pk]


def test_dates_in_order(new_user, cast):
    with scoped(cast.admin) as by, pytest.raises(Exception, match="截止日期不能早于起始日期") as refused:
        grant(new_user, by, area("990101001"), valid_to=TODAY - datetime.timedelta(days=1))
    assert codes(refused.value) == ["dates_not_in_order"]


def test_assignments_in_force_on_a_day(new_user, cast):
    with scoped(cast.admin) as by:
        row = grant(new_user, by, area("990101001"), valid_to=TODAY + datetime.timedelta(days=2))
    day = datetime.timedelta(days=1)
    held = [
        [found.pk for found in people.active_assignments(new_user.pk, TODAY + n * day)] for n in (-1, 0, 2, 3)
    ]
    assert held == [[], [row.pk], [row.pk], []]


def test_an_administrator_cannot_take_over_a_security_administrator(committed, cast):
    for key in ("security", "city", "county", "auditor"):
        user = cast.users[key]
        with scoped(cast.admin) as by:
            assert refusal(people.reset_password, user, by=by, reason="忘记") == "manager_too_low"
            assert refusal(people.set_active, user, active=False, by=by, reason="离岗") == "manager_too_low"
            assert refusal(people.end_role, cast.people[key], by=by, reason="离岗") == "manager_too_low"


def test_reset_password_ends_everything_and_must_be_changed(committed, cast):
    client = signed_in()
    user = User.objects.get(username="town")
    with scoped(cast.admin) as by:
        password = people.reset_password(user, by=by, reason="本人忘记")
    assert not is_in(client)
    fresh = Client()
    assert enter(fresh, "town", password).status_code == 302
    assert fresh.get("/help/")["Location"] == "/password/"


def test_disable_ends_sessions_and_tokens_at_once(committed, cast):
    client = signed_in()
    answer = Client().post(
        "/api/v1/auth/token/",
        {"username": "town", "password": "Test-password-2026"},
        content_type="application/json",
    )
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 200
    with scoped(cast.admin) as by:
        people.set_active(User.objects.get(username="town"), active=False, by=by, reason="离岗")
    assert not is_in(client)
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 401
    assert list(UserSession.objects.filter(user__username="town", ended_at=None)) == []
    assert list(ApiToken.objects.filter(revoked_at=None)) == []


def test_reasons_are_asked(committed, cast):
    user = User.objects.get(username="town")
    with scoped(cast.admin) as by:
        assert refusal(people.set_active, user, active=False, by=by, reason=" ") == "reason_required"
        assert refusal(people.reset_password, user, by=by, reason="") == "reason_required"
        assert refusal(people.end_role, cast.town, by=by, reason="") == "reason_required"


def test_an_ended_role_is_out_at_the_next_request(committed, cast):
    client = signed_in()
    with scoped(cast.admin) as by:
        ended = people.end_role(cast.town, by=by, reason="调离")
        assert refusal(people.end_role, cast.town, by=by, reason="调离") == "assignment_ended"
    assert ended.revoked_at is not None
    assert not is_in(client)


def test_the_database_refuses_grants_by_offices(committed, cast):
    """The action refuses first; without it row-level security still does."""

    def write_directly(key: str) -> None:
        with scoped(cast.people[key]) as by:
            audit.act(by, "assignments.granted", Assignment)
            Assignment.objects.create(
                user_id=1, holder_name="甲", office_name="乙", role="township", area=area("990101001"),
                valid_from=TODAY,
            )  # fmt: skip

    for key in ("city", "county", "town"):
        with pytest.raises(DatabaseError) as refused:
            write_directly(key)
        assert refused.value.__cause__.pgcode == "42501"


def test_tokens_expire_and_belong_to_one_assignment(committed, cast):
    ask = {"username": "town", "password": "Test-password-2026"}
    answer = Client().post("/api/v1/auth/token/", ask, content_type="application/json")
    assert (answer.status_code, answer.json()["assignment"]) == (201, cast.town.pk)
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert Client().get("/api/v1/me/", headers=bearer).json()["assignment"]["id"] == cast.town.pk
    with as_owner():
        ApiToken.objects.using("owner").update(expires_at=timezone.now())
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 401


def test_token_sign_in_counts_and_refuses_like_the_page(committed, cast):
    wrong = {"username": "town", "password": "x"}
    answers = [Client().post("/api/v1/auth/token/", wrong, content_type="application/json") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[0].json()["code"] == "sign_in_failed"
    assert answers[5].json()["code"] == "sign_in_locked"


def test_a_token_writes_without_csrf_and_a_session_does_not(committed, cast):
    ask = {"username": "admin", "password": "Test-password-2026"}
    token = Client().post("/api/v1/auth/token/", ask, content_type="application/json").json()["token"]
    body = {"username": "wangwu", "display_name": "王五"}
    strict = Client(enforce_csrf_checks=True)
    made = strict.post(
        "/api/v1/users/", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert (made.status_code, made.json()["username"]) == (201, "wangwu")
    enter(strict, "admin")
    session = Client(enforce_csrf_checks=True)
    session.cookies = signed_in("admin").cookies
    refused = session.post("/api/v1/users/", {**body, "username": "zhaoliu"}, content_type="application/json")
    assert refused.status_code == 403
