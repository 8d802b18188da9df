"""Records: constraints with both sides of each boundary, oddities, the change with its stale guard."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.errors import codes
from accounts.free_text import holds_personal_number
from accounts.scope import scoped
from elections import actions, audit_types, rules
from elections.models import Org
from elections.queries.history import history_of


def change(cast, org, values, *, reason="", key="town"):
    with scoped(getattr(cast, key)) as scope:
        return actions.change_org(org, values, version=org.version, by=scope, reason=reason)


@pytest.mark.parametrize("part", ["women", "under_35", "college"])
@pytest.mark.parametrize("term", ["current", "previous"])
def test_part_of_the_team_stays_within_it(village, cast, term, part):
    whole, share = f"{term}_total", f"{term}_{part}"
    assert getattr(change(cast, village(), {whole: 5, share: 5}), share) == 5
    with pytest.raises(ValidationError) as refusal:
        change(cast, village(), {whole: 5, share: 6})
    assert codes(refusal.value) == ["team_part_above_total"]
    with pytest.raises(ValidationError) as refusal:
        change(cast, village(), {whole: None, share: 1})
    assert codes(refusal.value) == ["team_part_above_total"]


@pytest.mark.parametrize(("tenths", "ok"), [(179, False), (180, True), (1000, True), (1001, False)])
def test_average_age_is_plausible(village, cast, tenths, ok):
    if ok:
        assert change(cast, village(), {"current_age_tenths": tenths}).current_age_tenths == tenths
        return
    with pytest.raises(ValidationError) as refusal:
        change(cast, village(), {"current_age_tenths": tenths})
    assert codes(refusal.value) == ["average_age_implausible"]


def test_not_due_needs_a_reason_and_due_has_none(village, cast):
    with pytest.raises(ValidationError) as refusal:
        change(cast, village(), {"is_due": False})
    assert codes(refusal.value) == ["not_due_needs_reason"]
    assert not change(cast, village(), {"is_due": False, "not_due_reason": "撤并中"}).is_due
    with pytest.raises(ValidationError) as refusal:
        change(cast, village(), {"is_due": True})
    assert codes(refusal.value) == ["due_with_reason"]


def test_counts_are_not_negative(village, cast):
    with pytest.raises(ValidationError) as refusal:
        change(cast, village(), {"population": -1})
    assert codes(refusal.value) == ["min_value"]
    assert change(cast, village(), {"population": 0}).population == 0


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("联系 13800138000", True),
        ("１３８００１３８０００", True),
        ("138-0013-8000", True),
        ("+8613800138000", True),
        ("330702199001011234", True),
        ("33070219900101123X", True),
        ("330702 19900101 123x", True),
        ("代码 130102001001", False),
        ("投资 12800138000 元", False),
        ("合并于 2025-12-31", False),
    ],
)
def test_free_text_refuses_identity_and_mobile_numbers(village, cast, text, refused):
    assert holds_personal_number(text) is refused
    org = village()
    with scoped(cast.town) as town:
        audit.act(town, audit_types.ORG_CHANGED, org)
        if not refused:
            assert Org.objects.filter(pk=org.pk).update(note=text) == 1
            return
        with pytest.raises(IntegrityError, match="org_note_no_personal_number"), transaction.atomic():
            Org.objects.filter(pk=org.pk).update(note=text)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"population": 100, "registered_voters": 100}, []),
        ({"population": 100, "registered_voters": 101}, ["R-ORG-02"]),
        (
            {"population": 100, "households": 101, "party_members": 101},
            ["R-ORG-01", "R-ORG-03"],
        ),
        ({"kind": "village", "seats_committee": 2}, ["R-VC-01"]),
        ({"kind": "village", "seats_committee": 3}, []),
        ({"kind": "village", "seats_committee": 7}, []),
        ({"kind": "village", "seats_committee": 8}, ["R-VC-01"]),
        ({"kind": "community", "seats_committee": 4}, ["R-RC-01"]),
        ({"kind": "community", "seats_committee": 5}, []),
        ({"kind": "community", "seats_committee": 9}, []),
        ({"kind": "community", "seats_committee": 10}, ["R-RC-01"]),
        ({"party_org_type": "branch", "party_members": 2}, ["R-PO-01"]),
        ({"party_org_type": "branch", "party_members": 3}, []),
        ({"party_org_type": "committee", "party_members": 99}, ["R-PO-01"]),
        ({"party_org_type": "committee", "party_members": 100}, []),
        ({"party_org_type": "general_branch", "seats_party": 4}, ["R-PO-04"]),
        ({"party_org_type": "general_branch", "seats_party": 5}, []),
    ],
)
def test_oddities(values, found):
    assert [oddity.code for oddity in rules.oddities(values)] == found


def test_an_oddity_asks_for_a_reason_and_keeps_it(village, cast):
    values = {"population": 100, "registered_voters": 120}
    with pytest.raises(ValidationError) as refusal:
        change(cast, village(), values, reason="  ")
    assert codes(refusal.value) == ["oddity_needs_reason"]
    org = change(cast, village(), values, reason="外来务工人员多")
    assert change(cast, village(), {"registered_voters": 120, "households": 30}).households == 30
    with pytest.raises(ValidationError):
        change(cast, village(), {"registered_voters": 121})
    with scoped(cast.county) as county:
        past = history_of(county, org)
    assert [(act.label, act.reason) for act in past] == [
        ("修改村情档案", ""),
        ("修改村情档案", "外来务工人员多"),
    ]
    assert [(c.label, c.before, c.after) for c in past[1].changes] == [
        ("户籍人口", "未报", "100"),
        ("登记选民", "未报", "120"),
    ]


def test_a_save_on_an_older_state_is_refused(village, cast):
    mine, theirs = village(), village()
    change(cast, theirs, {"population": 900})
    with pytest.raises(ValidationError) as refusal:
        change(cast, mine, {"population": 901})
    assert codes(refusal.value) == ["stale_record"]
    assert (village().population, village().version) == (900, 2)


def test_nothing_is_written_when_nothing_differs(village, cast):
    org = village()
    assert change(cast, org, {"population": None, "kind": org.kind}).version == org.version


@pytest.mark.parametrize("key", ["city", "county", "sibling_town", "foreign_town"])
def test_only_the_own_township_changes_a_record(village, cast, key):
    with pytest.raises(Org.DoesNotExist):
        change(cast, village(), {"population": 1}, key=key)


def test_history_stays_inside_the_scope(village, cast):
    org = change(cast, village(), {"population": 5})
    with scoped(cast.sibling_town) as sibling:
        assert history_of(sibling, org) == []
    with scoped(cast.leader) as leader:
        assert history_of(leader, org) is None


def test_merging_keeps_what_only_the_others_changed():
    base = dict.fromkeys(rules.EDITABLE, None)
    mine, stored = base | {"population": 1, "note": "我的"}, base | {"population": 2, "households": 3}
    assert rules.merged(base, mine, stored) == stored | {"population": 1, "note": "我的"}
    assert rules.merged({}, mine, stored) == mine
