"""The field for a unit: what it finds, what it takes without scripts, what it refuses; nothing outside the own area."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Level
from accounts.divisions.pinyin import pinyin_of
from accounts.errors import Refusal
from accounts.models import Area, Assignment
from accounts.queries.picking import label_of, picked, suggest
from accounts.scope import scoped
from tests.helpers import as_owner

PICK, NEW = "/system/areas/pick/", "/system/areas/changes/new/"
VILLAGES = (Level.VILLAGE,)


@pytest.fixture
def spelt(committed, cast):
    """The cast with pinyin and initials, as loaded units have them."""
    with as_owner():
        for area in Area.objects.using("owner").filter(code__startswith="99"):
            area.pinyin, area.initials = pinyin_of(area.name)
            area.save(update_fields=["pinyin", "initials"])
    return cast


# One arrangement serves a whole table: nothing here writes.
LISTED = (
    ("city", "岭下", ["岭下街道"]),
    ("city", "lxjd", ["岭下街道"]),
    ("city", "lingx", ["岭下街道"]),
    ("city", "990101102", ["上坡镇", "后溪村", "王山头村", "和平村"]),
    ("city", "和平", ["和平村", "和平社区", "和平村"]),
    ("city", "和平村", ["和平村", "和平村"]),
    ("city", "石塔 和平", ["和平社区", "和平村"]),
    ("city", "东塘 和平", ["和平村"]),
    ("city", "渔港 和平", []),
    ("city", "渔港", []),
    ("county", "石塔", []),
    ("county", "石塔 和平", []),
    ("town", "岭", ["岭下街道", "岭四村"]),
    ("admin", "渔港", ["渔港镇"]),
    ("city", " ", []),
    ("city", "%", []),
)


def test_what_is_listed(spelt):
    seen = []
    for person, text, _ in LISTED:
        with scoped(getattr(spelt, person)) as scope:
            seen.append((person, text, [area.name for area in suggest(scope, text)]))
    assert seen == list(LISTED)


def test_only_levels_that_fit_below_a_unit_and_none_that_ended(spelt):
    with scoped(spelt.city) as scope:
        assert [a.code for a in suggest(scope, "和平", levels=VILLAGES, under="上坡镇")] == ["990101102203"]
        assert [a.code for a in suggest(scope, "岭", levels=(Level.TOWNSHIP,))] == ["990101001"]
        assert suggest(scope, "岭下", under="岭下街道（990101001）") == []
    with as_owner():
        Area.objects.using("owner").filter(code="990101001").update(valid_to=timezone.localdate())
    with scoped(spelt.city) as scope:
        assert suggest(scope, "岭下") == []


def test_a_few_queries_for_any_number_of_units(spelt):
    with scoped(spelt.city) as scope, CaptureQueriesContext(connections["default"]) as queries:
        suggest(scope, "石塔 和平", under="9901")
    assert len(queries) == 4
    with scoped(spelt.city) as scope, CaptureQueriesContext(connections["default"]) as queries:
        picked(scope, "岭下街道、990101102 石塔镇（990102101）", many=True)
    assert len(queries) == 2


CODED = (
    "990101001",
    " 990101001 ",
    "９９０１０１００１",
    "岭下街道",
    "岭下街道（990101001）",
    "岭下街道(990101001)",
)


def test_a_code_a_name_or_both(spelt):
    with scoped(spelt.city) as scope:
        for text in CODED:
            assert [area.code for area in picked(scope, text)] == ["990101001"], text


def test_several_in_their_order_pasted_as_they_come(spelt):
    with scoped(spelt.city) as scope:
        found = picked(scope, "后溪村\n990101001201，坡阳村\r\n\n溪东社区（990101001001）", many=True)
        assert [area.code for area in found] == [
            "990101102201", "990101001201", "990101001201", "990101001001",
        ]  # fmt: skip
        assert picked(scope, "", many=True) == picked(scope, "  ") == []
        assert len(picked(scope, " ".join(["990101001"] * 500), many=True)) == 500


REFUSED = (
        ("990101009", {}, "area_unknown", "没有代码为 990101009 的单位，或不在您的管辖范围内，请到区划页查准"),
        ("渔港镇", {}, "area_unknown", "没有叫“渔港镇”的单位，或不在您的管辖范围内，请到区划页查准"),
        ("990201101", {}, "area_unknown", "没有代码为 990201101 的单位，或不在您的管辖范围内，请到区划页查准"),
        ("岭", {"levels": (Level.TOWNSHIP,)}, "area_unknown",
         "没有叫“岭”的单位，或不在您的管辖范围内；是不是：临江市 东塘区岭下街道（990101001）"),
        ("和平村", {}, "area_ambiguous",
         "叫“和平村”的有 2 个：东塘区 上坡镇和平村（990101102203）、西岭县 石塔镇和平村（990102101202），请写代码"),
        ("上坡镇（990101001）", {}, "area_name_differs", "代码 990101001 是岭下街道，不是上坡镇，请核对"),
        ("990101", {"levels": VILLAGES}, "area_level", "东塘区是县(市、区)，这里要村(社区)"),
        ("990101001 990101102", {}, "area_one_unit_only", "这里只写一个单位，请分开办理"),
        ("1 " * 501, {"many": True}, "too_many_units", "一次最多 500 个单位，请分几次"),
)  # fmt: skip


def test_what_is_refused_says_what_to_do(spelt):
    for text, more, code, message in REFUSED:
        with scoped(spelt.city) as scope, pytest.raises(Refusal) as refusal:
            picked(scope, text, field="area", **more)
        assert (refusal.value.code, refusal.value.message, refusal.value.field) == (code, message, "area")


def test_the_list_under_the_field(spelt, client_of):
    page = client_of("city").get(PICK, {"q": "和平", "levels": "5", "under": "990102101"}).content.decode()
    assert page.count('role="option"') == 2
    assert (
        'data-pick="和平社区（990102101001）"><b>和平社区</b><span class="dl">西岭县 石塔镇 社区 990102101001'
        in page
    )
    assert "没有找到“渔港”" in client_of("city").get(PICK, {"q": "渔港"}).content.decode()
    assert client_of("hotline").get(PICK, {"q": "岭"}).status_code == 403
    assert client_of("city").get(PICK, {"q": "a b", "under": "（）", "levels": "9x"}).status_code == 200


def test_a_role_is_granted_by_names(spelt, client_of):
    user = spelt.users["second_entry"].pk
    given = {"role": "leader", "area": "岭下街道", "units": "坡阳村\n990101001202\n", "office_name": "区委办",
             "valid_from": timezone.localdate().isoformat()}  # fmt: skip
    client = client_of("security")
    refused = client.post(f"/system/users/{user}/grant/", {**given, "units": "和平村"})
    assert refused.context["form"].errors.as_data()["units"][0].code == "area_ambiguous"
    assert refused.context["form"]["area"].value() == "岭下街道"
    client.post(f"/system/users/{user}/grant/", given)
    request = client.get("/system/users/requests/").context["waiting"][0]
    assert (request.area.code, len(request.units)) == ("990101001", 2)
    assert not Assignment.objects.using("owner").filter(user_id=user, role="leader").exists()


def test_accounts_are_filtered_by_a_name_and_a_name_that_is_none_is_told(spelt, client_of):
    page = client_of("admin").get("/system/users/", {"area": "石塔镇"})
    assert [line.user.username for line in page.context["page"].lines] == ["cousin_town"]
    assert page.context["chips"][0]["value"] == "石塔镇"
    assert 'value="石塔镇（990102101）"' in page.content.decode()
    wrong = client_of("county").get("/system/users/", {"area": "石塔镇"})
    assert wrong.context["problem"] == "没有叫“石塔镇”的单位，或不在您的管辖范围内，请到区划页查准"
    assert wrong.context["chips"] == []


def fields(answer) -> list[str]:
    return [bound.name for bound in answer.context["form"].visible_fields()]


ASKED = (
    ("rename", ["units", "name"]),
    ("retype", ["units", "unit_kind", "name"]),
    ("move", ["units", "parent"]),
    ("merge", ["units", "into", "code", "name", "unit_kind"]),
    ("split", ["units", "name", "code", "unit_kind", "children"]),
)


def test_a_change_asks_what_its_kind_needs(spelt, client_of):
    client = client_of("city")
    assert client.get(NEW).context["form"] is None
    for kind, names in ASKED:
        asked = client.get(NEW, {"kind": kind, "unit": "990101001"})
        assert fields(asked) == [*names, "effective_on", "reason"]
        assert asked.context["form"]["units"].value() == label_of(spelt.areas["990101001"])


def test_another_kind_keeps_what_was_typed(spelt, client_of):
    typed = {"kind": "rename", "to": "move", "units": "岭下", "name": "岭上街道", "reason": "批复"}
    answer = client_of("city").post(NEW, typed)
    form = answer.context["form"]
    assert (form.errors, form["kind"].value(), form["units"].value(), form["reason"].value()) == (
        {}, "move", "岭下", "批复",
    )  # fmt: skip


MERGED = (
    ({}, {"into": "area_into_or_new"}),
    ({"into": "岭下街道", "code": "990101103"}, {"code": "area_into_and_new"}),
    ({"into": "岭下街道"}, {}),
    ({"into": "岭下街道", "units": "上坡镇"}, {}),
    ({"code": "990101103", "name": "岭坡镇", "unit_kind": "town"}, {}),
    (
        {"code": "990101103", "name": "岭坡镇", "unit_kind": "village"},
        {"unit_kind": "area_kind_not_of_level"},
    ),
)


def test_a_merger_into_one_of_them_or_into_a_new_one(spelt, client_of):
    client, today = client_of("city"), timezone.localdate()
    given = {"kind": "merge", "units": "岭下街道 上坡镇", "reason": "批复", "effective_on": today}
    for more, wrong in MERGED:
        answer = client.post(NEW, {**given, **more})
        errors = answer.context["form"].errors.as_data()
        assert {name: found[0].code for name, found in errors.items()} == wrong
        if not wrong:
            summary = answer.context["preview"].summary.replace("上坡镇、岭下街道", "岭下街道、上坡镇")
            assert summary == f"岭下街道、上坡镇合并为{more.get('name', '岭下街道')}"
