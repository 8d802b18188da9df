"""T57: past the quota of the day one more look takes a second person, who is never the one who asks."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from accounts.actions.reveal_consents import answer_consent, ask_consent
from accounts.actions.reveals import reveal
from accounts.choices import Role
from accounts.errors import codes
from accounts.models import Assignment, AuditAct, Reveal, RevealConsent
from accounts.queries.reveals import revealable_row
from accounts.retention.personal import CONSENTS_KEPT, forget_consents
from accounts.rules import reveals as rules
from accounts.scope import scoped
from accounts.scope.entry import system_scoped
from tests.accounts.jobs.conftest import effects, worker  # noqa: F401
from tests.helpers import as_owner
from tests.security.relations import COUNTY_STAFF, seat_county_staff
from tests.security.test_t57_reveal_and_quota import NUMBER, WHY, at_once, entered, fill_quota

pytestmark = pytest.mark.usefixtures("committed")
LIST = "/api/v1/reveals/consents/"


def told(act) -> str:
    """What the act gives: the value in clear, 'asked', or the code of its refusal."""
    try:
        done = act()
    except ValidationError as refusal:
        return codes(refusal)[0]
    return getattr(done, "value", "asked")


def acting(cast, act, *, of: str = "town", by: str = "county", **why) -> str:
    """`act` (reveal or ask_consent) of a member about somebody's number."""
    with scoped(getattr(cast, by)) as scope:
        what, row = revealable_row(scope, "account.phone", cast.users[of].pk)
        return told(lambda: act(what, row, by=scope, **{**WHY, **why}))


def answering(cast, by: str, *, approve: bool = True, answer: str = "") -> str:
    with scoped(getattr(cast, by)) as scope:
        return told(lambda: answer_consent(newest(), approve=approve, answer=answer, by=scope))


def newest() -> RevealConsent:
    return RevealConsent.objects.using("owner").latest("pk")


def change(**values) -> None:
    with as_owner():
        RevealConsent.objects.using("owner").filter(pk=newest().pk).update(**values)


@pytest.fixture
def waiting(cast) -> None:
    """The county has used up its day and asked for the number of 岭下街道's cadre."""
    fill_quota(cast, "county", rules.QUOTA)
    assert acting(cast, ask_consent) == "asked"


@pytest.fixture
def staff(cast):
    seat_county_staff(cast)
    yield
    for key in COUNTY_STAFF:
        cast.people.pop(key)
        cast.users.pop(key)


@pytest.mark.parametrize(
    ("made", "looked", "wanted"), [(29, NUMBER, "asked"), (30, "reveal_quota", "asked"), (28, NUMBER, "quota_left")]
)  # fmt: skip
def test_t57_the_thirtieth_is_free_and_the_next_takes_two(cast, made, looked, wanted):
    fill_quota(cast, "county", made)
    assert (acting(cast, reveal), acting(cast, ask_consent)) == (looked, wanted)


def test_t57_a_consent_opens_one_look_and_both_names_are_entered(cast, waiting):
    assert acting(cast, reveal) == "reveal_quota"
    assert answering(cast, "city") == "asked"
    assert (acting(cast, reveal), acting(cast, reveal)) == (NUMBER, "reveal_quota")
    entry = entered()[0]
    assert (entry.holder_name, entry.consented_by_name, entry.consent_id) == (
        "测试county", "测试city", newest().pk,
    )  # fmt: skip
    acts = AuditAct.objects.using("owner").order_by("pk").values_list("type", flat=True)
    assert list(acts)[-3:] == ["consents.asked", "consents.given", "values.revealed"]
    entry.pk = None
    with pytest.raises(IntegrityError), as_owner():
        entry.save(using="owner", force_insert=True)


def test_t57_four_at_once_use_a_consent_once(cast, waiting):
    answering(cast, "city")
    assert at_once(cast, 4) == [NUMBER] + ["reveal_quota"] * 3


def test_t57_it_opens_this_value_for_this_reason_and_who_asked_alone(cast, waiting):
    answering(cast, "city")
    fill_quota(cast, "city", rules.QUOTA)
    assert acting(cast, reveal, of="sibling_town") == "reveal_quota"
    assert acting(cast, reveal, by="city") == "reveal_quota"
    assert acting(cast, reveal, case_number="另一件") == "consent_for_other_reason"
    assert acting(cast, reveal) == NUMBER


@pytest.mark.parametrize(("minutes", "code"), [(29, NUMBER), (30, "reveal_quota")])
def test_t57_it_lasts_half_an_hour(cast, waiting, minutes, code):
    answering(cast, "city")
    change(decided_at=timezone.now() - dt.timedelta(minutes=minutes))
    assert acting(cast, reveal) == code


def test_t57_who_asked_never_consents_in_whatever_role(cast, waiting):
    assert answering(cast, "county") == "second_person_required"
    with as_owner():
        second = Assignment.objects.using("owner").create(
            user_id=cast.county.user_id, holder_name="测试county", office_name="市换届办", role=Role.CITY_OFFICE,
            area=cast.areas["9901"], valid_from=dt.date(2020, 1, 1),
        )  # fmt: skip
    second.refresh_from_db(using="owner")
    with scoped(second) as scope:
        assert told(lambda: answer_consent(newest(), approve=True, by=scope)) == "second_person_required"
    with pytest.raises(IntegrityError, match="reveal_consent_approver_is_not_author"):
        change(
            decision="approved", decided_by=cast.county, decided_by_account=cast.county.user_id,
            decided_at=timezone.now(),
        )  # fmt: skip


def test_t57_negative_control_without_the_rule_the_table_still_refuses(cast, waiting, monkeypatch):
    monkeypatch.setattr(rules, "check_may_consent", lambda *given, **more: None)
    assert answering(cast, "county") == "second_person_required"


def test_t57_negative_control_without_the_window_an_old_consent_opens(cast, waiting, monkeypatch):
    answering(cast, "city")
    change(decided_at=timezone.now() - dt.timedelta(days=1))
    monkeypatch.setattr(
        "accounts.actions.reveals.open_consent", lambda by, what, pk: RevealConsent.objects.get(subject_id=pk)
    )
    # Used twice the register itself refuses it.
    assert (acting(cast, reveal), acting(cast, reveal)) == (NUMBER, "unique")


def test_t57_the_same_unit_or_one_above_with_the_right_to_look(cast, waiting, staff, client_of):
    for member, status in (("other_county", 404), ("other_city", 404), ("town", 403), ("leader", 403)):
        client = client_of(member)
        assert client.post(f"/reveals/consents/{newest().pk}/", {"approve": "1"}).status_code == status
        body = {"approve": True}
        assert (
            client.post(f"{LIST}{newest().pk}/decide/", body, content_type="application/json").status_code
            == status
        )
    assert answering(cast, "reviewer") == "consent_without_right"
    assert newest().decision == "pending"
    assert answering(cast, "county_admin") == "asked"
    assert newest().decided_by_name == "测试county_admin"


def test_t57_a_unit_below_does_not_consent_for_one_above(cast, client_of):
    fill_quota(cast, "city", rules.QUOTA)
    assert acting(cast, ask_consent, by="city") == "asked"
    assert client_of("county").post(f"/reveals/consents/{newest().pk}/", {"approve": "1"}).status_code == 404
    assert answering(cast, "admin") == "asked"


def test_t57_declining_takes_a_reason_and_opens_nothing(cast, waiting):
    assert answering(cast, "city", approve=False, answer=" ") == "reason_required"
    assert answering(cast, "city", approve=False, answer="日报已到") == "asked"
    assert (acting(cast, reveal), answering(cast, "city")) == ("reveal_quota", "request_decided")
    assert acting(cast, ask_consent) == "asked"
    assert acting(cast, ask_consent) == "consent_already_asked"


@pytest.mark.parametrize(("used", "left"), [(False, 0), (True, 1)])
def test_t57_requests_that_opened_nothing_go_after_ninety_days(cast, waiting, worker, used, left):  # noqa: F811
    if used:
        answering(cast, "city")
        assert acting(cast, reveal) == NUMBER
    for age, removed in ((-1, 0), (1, 1 - left)):
        change(asked_at=timezone.now() - CONSENTS_KEPT - dt.timedelta(minutes=age))
        with system_scoped("retention"):
            assert forget_consents(timezone.now()) == removed
    assert RevealConsent.objects.using("owner").count() == left
    assert Reveal.objects.using("owner").filter(consent__isnull=False).count() == left
