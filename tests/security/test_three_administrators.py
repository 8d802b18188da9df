"""三员分立: system, security and audit administrator are three accounts, and none does alone what needs two."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connections

from accounts.actions import grants, people
from accounts.choices import Role
from accounts.errors import Refusal
from accounts.models import Area, Assignment, AuditAct, GrantRequest, User
from accounts.scope import scoped
from tests.helpers import as_owner, log_in
from tests.security.expected_routes import ROUTES

pytestmark = pytest.mark.usefixtures("committed")
THREE = {"admin": Role.ADMIN, "security": Role.SECURITY_ADMIN, "auditor": Role.AUDITOR}
PAIRS = [(key, role) for key, own in THREE.items() for role in THREE.values() if role != own]
DAY = dt.date(2026, 1, 1)
AUDIT_WRITES = {"audit:verify", "audit-verify"}


def account(key: str) -> User:
    return User.objects.get(username=key)


def refusal(act, *args, **facts) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **facts)
    return refused.value.code


def seat(user_id: int, role: str, **facts) -> Assignment:
    """A role written past every rule of ours, as the owner of the tables."""
    with as_owner():
        return Assignment.objects.using("owner").create(
            **{
                "user_id": user_id,
                "holder_name": "甲",
                "office_name": "乙",
                "role": role,
                "valid_from": DAY,
                **facts,
            }
        )


@pytest.mark.parametrize(("key", "role"), PAIRS)
def test_no_account_is_given_a_second_of_the_three(cast, key, role):
    """Asked by a second security administrator, so that it is about somebody else."""
    other = User.objects.using("owner")
    with as_owner():
        boss = other.create(username="security2", display_name="乙", password="!")
    seat(boss.pk, Role.SECURITY_ADMIN)
    with scoped(Assignment.objects.using("owner").get(user_id=boss.pk)) as by:
        facts = {"role": role, "area": None, "office_name": "系统", "valid_from": DAY, "by": by}
        assert refusal(people.grant_role, account(key), **facts) == "administrators_separate"
    assert GrantRequest.objects.using("owner").count() == 0


@pytest.mark.parametrize(("key", "role"), PAIRS)
def test_the_database_refuses_it_too(cast, key, role):
    user = cast.users[key].pk
    for facts in ({}, {"area": cast.areas["9901"]}):
        with pytest.raises(IntegrityError, match="two of the three administrators"):
            seat(user, role, **facts)


def test_both_sides_of_the_rule(cast):
    """The same duty in a second area, a business role, the day after the other one ended, and one that was ended."""
    seat(cast.users["admin"].pk, Role.ADMIN, area=cast.areas["9901"])
    with as_owner():
        former = User.objects.using("owner").create(username="former", display_name="丙", password="!")
    seat(former.pk, Role.ADMIN, valid_to=dt.date(2026, 6, 30))
    with pytest.raises(IntegrityError):
        seat(former.pk, Role.AUDITOR, valid_from=dt.date(2026, 6, 30))
    later = seat(former.pk, Role.AUDITOR, valid_from=dt.date(2026, 7, 1))
    seat(former.pk, Role.SECURITY_ADMIN, revoked_at=dt.datetime.now(dt.UTC))
    with pytest.raises(IntegrityError), as_owner():
        Assignment.objects.using("owner").filter(pk=later.pk).update(valid_from=dt.date(2026, 6, 1))


def test_two_grants_at_once_make_no_second(cast):
    with as_owner():
        newcomer = User.objects.using("owner").create(username="newcomer2", display_name="丁", password="!")
    made, start = [], threading.Barrier(2)

    def give(role: str) -> None:
        start.wait(timeout=20)
        try:
            made.append(seat(newcomer.pk, role).role)
        except IntegrityError:
            made.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=give, args=(role,)) for role in (Role.ADMIN, Role.AUDITOR)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(role == "refused" for role in made) == [False, True]


def test_two_consents_at_once_make_no_second_and_say_so(cast, monkeypatch):
    """Both pass the rule at the same moment; the one that comes second is refused by the trigger, in words."""
    with as_owner():
        User.objects.using("owner").create(username="newcomer4", display_name="庚", password="!")
        boss = User.objects.using("owner").create(username="security3", display_name="辛", password="!")
    second = seat(boss.pk, Role.SECURITY_ADMIN)
    asked = {}
    for by_whom, role in ((cast.security, Role.ADMIN), (second, Role.AUDITOR)):
        with scoped(by_whom) as by:
            facts = {"role": role, "area": None, "office_name": "系统", "valid_from": DAY}
            asked[role] = people.grant_role(account("newcomer4"), **facts, by=by)
    gate, told, checked = threading.Barrier(2), [], grants.rules.check_separate

    def both_have_checked(**facts: object) -> None:
        checked(**facts)
        gate.wait(timeout=20)

    monkeypatch.setattr(grants.rules, "check_separate", both_have_checked)

    def consent(role: str) -> None:
        try:
            with scoped(cast.admin) as by:
                grants.decide(asked[role], approve=True, by=by)
            told.append("given")
        except Refusal as refused:
            told.append((refused.code, refused.status, refused.messages[0][:12]))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=consent, args=(role,)) for role in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == [("administrators_separate", 409, "这个账号刚刚由别人授予了"), "given"]
    assert len(people.held_by(account("newcomer4").pk)) == 1
    decided = GrantRequest.objects.using("owner").filter(decision="approved")
    assert decided.count() == 1


def test_a_request_decided_later_is_checked_again(cast):
    """Asked while the account was nobody; meanwhile it became auditor."""
    with as_owner():
        newcomer = User.objects.using("owner").create(username="newcomer3", display_name="戊", password="!")
    facts = {"role": Role.ADMIN, "area": None, "office_name": "系统", "valid_from": DAY}
    with scoped(cast.security) as by:
        request = people.grant_role(account("newcomer3"), **facts, by=by)
    seat(newcomer.pk, Role.AUDITOR)
    with scoped(cast.admin) as by:
        assert refusal(grants.decide, request, approve=True, by=by) == "administrators_separate"


ABOVE = [(role, code) for role, code in (
    (Role.CITY_OFFICE, "9901"), (Role.COUNTY_OFFICE, "990101"), (Role.LEADER, "990101"), (Role.AUDITOR, None),
    (Role.ADMIN, None), (Role.SECURITY_ADMIN, None), (Role.HOTLINE, "9901"), (Role.WALL, "9901"),
)]  # fmt: skip


@pytest.mark.parametrize(("role", "code"), ABOVE)
def test_none_of_the_three_gives_a_role_above_township_alone(cast, role, code):
    with as_owner():
        User.objects.using("owner").create(username="plain", display_name="己", password="!")
    area = Area.objects.using("owner").get(code=code) if code else None
    told = {}
    for key in THREE:
        with scoped(getattr(cast, key)) as by:
            if area is not None:
                area = Area.objects.get(pk=area.pk)
            facts = {"role": role, "area": area, "office_name": "单位", "valid_from": DAY, "by": by}
            try:
                made = people.grant_role(account("plain"), **facts)
                told[key] = type(made).__name__
                told["own decision"] = refusal(grants.decide, made, approve=True, by=by)
            except Refusal as refused:
                told[key] = refused.code
    assert told == {
        "admin": "grant_above_township", "security": "GrantRequest", "own decision": "second_person_required",
        "auditor": "not_a_manager",
    }  # fmt: skip
    assert people.held_by(account("plain").pk) == []


def test_none_of_the_three_takes_a_second_factor_away_alone(cast):
    with as_owner():
        User.objects.using("owner").filter(pk=cast.users["town"].pk).update(
            second_factor_since=dt.datetime.now(dt.UTC)
        )
    for key in ("admin", "security"):
        with scoped(getattr(cast, key)) as by:
            made = grants.ask_factor_removal(account("town"), reason="手机丢失", by=by)
            assert refusal(grants.decide, made, approve=True, by=by) == "second_person_required"
        with as_owner():
            GrantRequest.objects.using("owner").filter(pk=made.pk).delete()
    with scoped(cast.auditor) as by:
        assert (
            refusal(grants.ask_factor_removal, account("town"), reason="手机丢失", by=by) == "not_a_manager"
        )
    assert account("town").second_factor_since is not None


def test_none_of_the_three_manages_itself(cast):
    for key in THREE:
        with scoped(getattr(cast, key)) as by:
            code = refusal(people.reset_password, account(key), by=by, reason="自己")
            assert code == ("not_a_manager" if key == "auditor" else "own_account")


def test_what_each_of_them_opens_nobody_of_the_others_does():
    """The audit is the auditor's alone, accounts the managers', and none of them reads a village."""
    by_role = {
        role: {route.name for route in ROUTES for roles in route.methods.values() if role in roles}
        for role in THREE.values()
    }
    audit_routes = {route.name for route in ROUTES if route.name.startswith(("audit:", "audit-"))}
    assert audit_routes <= by_role[Role.AUDITOR]
    assert not audit_routes & (by_role[Role.ADMIN] | by_role[Role.SECURITY_ADMIN])
    grants_of = {"users:grant", "users:end", "users:decide", "users:password", "api-user-assignments"}
    assert not grants_of & by_role[Role.AUDITOR]
    business = {"elections:orgs", "reports:daily-day", "api-org-detail", "comments:list", "rollup:table"}
    assert not any(business & names for names in by_role.values())


def test_the_auditor_changes_nothing_but_its_own_account(cast, client_of):
    """Every changing route that the auditor may use leaves no act about anything else."""
    own = (
        "jobs:", "api-jobs", "notices:", "api-notice", "password", "session", "logout", "login", "second-factor",
        "recovery-codes", "security-key", "own-phone", "api-me", "api-token", "api-step-up", "imports:",
        "api-imports", "filters:", "api-filter", "calendar", "api-calendar",
    )  # fmt: skip
    changing = {
        route.name for route in ROUTES for method, roles in route.methods.items()
        if method != "GET" and Role.AUDITOR in roles
    }  # fmt: skip
    assert {name for name in changing if not name.startswith(own)} == AUDIT_WRITES
    client = log_in(client_of("auditor"), cast.users["auditor"])
    assert client.post("/system/users/new/", {"username": "x123", "display_name": "x"}).status_code == 403
    assert (
        not AuditAct.objects.using("owner")
        .filter(assignment_id=cast.auditor.pk, type="users.created")
        .exists()
    )
