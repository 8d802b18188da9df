"""The edit form: all errors at once, the oddity's reason, and both texts when somebody was faster."""

import json

from accounts.scope import scoped
from elections import actions, rules
from tests.elections.conftest import VILLAGE

EDIT = f"/orgs/{VILLAGE}/edit/"


def typed(org, **changes) -> dict[str, str]:
    """What the form of `org` posts, with changes."""
    base = {name: getattr(org, name) for name in rules.EDITABLE}
    data = {"version": str(org.version), "base": json.dumps(base), "reason": ""}
    for name in rules.EDITABLE:
        value = getattr(org, name)
        if value is None:
            data[name] = ""
        elif value is True:
            data[name] = "True" if name.endswith("one_shoulder") else "on"
        elif value is not False:
            data[name] = str(value)
    return data | {name: str(value) for name, value in changes.items()}


def test_saving_goes_back_to_the_file(village, client_of):
    answer = client_of("town").post(EDIT, typed(village(), population="1,200", current_age_tenths="46.3"))
    assert answer.status_code == 200
    answer = client_of("town").post(EDIT, typed(village(), population="1200", current_age_tenths="46.3"))
    assert (answer.status_code, answer["Location"]) == (302, f"/orgs/{VILLAGE}/")
    assert (village().population, village().current_age_tenths) == (1200, 463)


def test_every_error_at_once(village, client_of):
    org = village()
    changes = {"population": "-1", "current_women": "3", "current_total": "2", "note": "13800138000"}
    page = client_of("town").post(EDIT, typed(org, **changes)).content.decode()
    for sentence in ("确保该值大于或等于0。", "女性多于班子人数", "文字中有身份证号或手机号"):
        assert sentence in page
    assert village().version == 1


def test_an_oddity_asks_for_a_reason(village, client_of):
    client = client_of("town")
    page = client.post(EDIT, typed(village(), population="10", registered_voters="12")).content.decode()
    assert "登记选民 12 多于户籍人口 10，请写明情况" in page
    answer = client.post(EDIT, typed(village(), population="10", registered_voters="12", reason="外来人口"))
    assert answer.status_code == 302


def test_somebody_was_faster(village, cast, client_of):
    client, mine = client_of("town"), village()
    theirs = village()
    with scoped(cast.town) as town:
        changes = {"population": 900, "note": "他们的", "is_pilot": True, "current_age_tenths": 455}
        actions.change_org(theirs, changes, version=1, by=town)
    answer = client.post(EDIT, typed(mine, population="901", households="300"))
    assert answer.status_code == 409
    rows = [(r.label, r.before, r.mine, r.stored, r.both) for r in answer.context["conflicts"]]
    assert rows == [
        ("户籍人口", "未报", "901", "900", True),
        ("户数", "未报", "300", "未报", False),
        ("试点", "否", "否", "是", False),
        ("备注", "（空）", "（空）", "他们的", False),
        ("现任平均年龄", "未报", "未报", "45.5", False),
    ]
    form = answer.context["form"]
    assert (form.values()["note"], form.values()["is_pilot"], form.data["version"]) == ("他们的", True, "2")
    assert village().population == 900
    assert client.post(EDIT, form.data.dict()).status_code == 302
    now = village()
    assert (now.population, now.households, now.note, now.version) == (901, 300, "他们的", 3)
    assert (now.is_pilot, now.current_age_tenths) == (True, 455)
