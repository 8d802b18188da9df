"""A change on screen and by job: looked at before it is proposed, signed by another, cancelled, carried out once."""

import datetime

import pytest
from django.utils import timezone

from accounts import area_moves, today
from accounts.actions import area_operations
from accounts.actions.area_operations import cancel, decide, decide_many, propose
from accounts.area_tasks import carry_out_approved, carry_out_due
from accounts.errors import Refusal
from accounts.models import Area, AreaOperation, AreaVersion
from accounts.scope import scoped, system_scoped

DAY = datetime.timedelta(days=1)
TOWN = "990101102"
LIST, NEW = "/system/areas/changes/", "/system/areas/changes/new/"
MOVE = {"kind": "move", "units": TOWN, "parent": "990102", "reason": "市政府批复〔2026〕1 号"}


def day(after: int = 0) -> datetime.date:
    return timezone.localdate() + after * DAY


def proposed(cast, *, by: str = "city", after: int = 1, **plan) -> AreaOperation:
    plan = plan or {"units": [TOWN], "name": "上岗镇"}
    with scoped(getattr(cast, by)) as scope:
        return propose("rename", day(after), plan, reason="批复", by=scope)


def state(operation: AreaOperation) -> str:
    return AreaOperation.objects.using("owner").get(pk=operation.pk).state


def area(code: str) -> Area:
    return Area.objects.using("owner").get(code=code)


def test_the_preview_names_units_rows_rules_and_who_signs_and_writes_nothing(committed, cast, client_of):
    answer = client_of("city").post(NEW, {**MOVE, "effective_on": day()})
    seen = answer.context["preview"]
    assert seen.summary == "上坡镇划归西岭县"
    assert [(line.code, line.what) for line in seen.effects] == [(TOWN, "划归西岭县")]
    assert dict(seen.counts) == {"任职授权": 1, "村(社区)": 3}
    assert "由市换届办或系统管理员中的另一个人审批" in answer.content.decode()
    assert not AreaOperation.objects.using("owner").exists()
    back = client_of("city").post(NEW, {**MOVE, "effective_on": day(), "step": "back"})
    assert back.context["form"]["parent"].value() == "990102"
    done = client_of("city").post(NEW, {**MOVE, "effective_on": day(), "step": "propose"})
    made = AreaOperation.objects.using("owner").get()
    assert (done.status_code, done["Location"], made.state) == (302, f"{LIST}{made.pk}/", "proposed")


def test_what_is_refused_stands_beside_its_field(committed, cast, client_of):
    answer = client_of("city").post(NEW, {**MOVE, "parent": "990101", "effective_on": day()})
    assert answer.context["form"].errors["parent"] == ["上坡镇已在东塘区之下"]


def test_a_merger_names_the_unit_kept_those_that_end_and_those_that_move(committed, cast, client_of):
    asked = {
        "kind": "merge",
        "units": f"990101001 {TOWN}",
        "code": "990101001",
        "effective_on": day(),
        "reason": "批复",
    }
    seen = client_of("city").post(NEW, asked).context["preview"]
    assert [(line.code, line.what) for line in seen.effects] == [
        ("990101001", "保留，接收其余单位"),
        *((f"{TOWN}{n}", "划归岭下街道") for n in (201, 202, 203)),
        (TOWN, "撤销，并入岭下街道"),
    ]


def test_the_second_person_finds_it_in_today_and_signs(committed, cast, client_of, job_starts):
    operation = proposed(cast, by="county")
    with scoped(cast.city) as scope:
        cards = [card for card in today.cards(scope, timezone.now()) if card.kind == "区划"]
    assert [(card.title, card.url) for card in cards] == [
        ("审批区划变更：上坡镇更名为上岗镇", f"{LIST}{operation.pk}/")
    ]
    answer = client_of("city").post(f"{LIST}{operation.pk}/decide/", {"agree": "1", "note": ""})
    assert (answer.status_code, state(operation), job_starts) == (302, "approved", [])
    with scoped(cast.city) as scope:
        assert not [card for card in today.cards(scope, timezone.now()) if card.kind == "区划"]


def test_several_are_signed_at_once_each_for_itself(committed, cast, client_of, job_starts):
    one = proposed(cast, by="county", after=0)
    two = proposed(cast, by="county", after=0, units=["990101001"], name="岭上街道")
    own = proposed(cast, by="city", after=0, units=["990102101"], name="石塔乡")
    answer = client_of("city").post(f"{LIST}decide/", {"pk": [one.pk, two.pk, own.pk]}, follow=True)
    assert [state(row) for row in (one, two, own)] == ["approved", "approved", "proposed"]
    assert [(m.level_tag, m.extra_tags) for m in answer.context["messages"]] == [
        ("success", ""),
        ("error", "second_person_required"),
    ]
    assert job_starts == [("areas.carry_out", {"operations": [one.pk, two.pk]})]


def test_cancelled_before_the_day_and_never_on_it(committed, cast, client_of):
    operation = proposed(cast, by="county", after=1)
    with scoped(cast.city) as scope:
        decide(operation, agree=True, note="", by=scope)
        with pytest.raises(Refusal) as refusal:
            cancel(operation, reason=" ", by=scope)
        assert refusal.value.code == "reason_required"
    answer = client_of("county").post(f"{LIST}{operation.pk}/cancel/", {"reason": "批复撤销"})
    row = AreaOperation.objects.using("owner").get(pk=operation.pk)
    assert (answer.status_code, row.state, row.cancel_reason) == (302, "cancelled", "批复撤销")
    again = proposed(cast, by="county", after=0)
    with scoped(cast.city) as scope:
        decide(again, agree=True, note="", by=scope)
        with pytest.raises(Refusal) as refusal:
            cancel(again, reason="批复撤销", by=scope)
    assert refusal.value.code == "area_day_has_come"


@pytest.mark.parametrize(("length", "after"), [(200, "cancelled"), (201, "approved")])
def test_a_reason_that_is_too_long_is_refused_not_cut(committed, cast, client_of, length, after):
    operation = proposed(cast, by="county", after=1)
    with scoped(cast.city) as scope:
        decide(operation, agree=True, note="", by=scope)
    client = client_of("county")
    page = client.post(f"{LIST}{operation.pk}/cancel/", {"reason": "撤" * length}, follow=True)
    assert state(operation) == after
    said = "已取消" if length == 200 else "确保该变量包含不超过 200 字符 (目前字符数 201)。"
    assert [str(message) for message in page.context["messages"]] == [said]


def test_nobody_else_cancels(committed, cast):
    operation = proposed(cast, by="city", after=1)
    with scoped(cast.admin) as scope:
        decide(operation, agree=True, note="", by=scope)
    with scoped(cast.county) as scope, pytest.raises((Refusal, AreaOperation.DoesNotExist)):
        cancel(operation, reason="不同意", by=scope)
    assert state(operation) == "approved"


class Context:
    """What a job's function is given."""

    def __init__(self, scope, **params) -> None:
        self.scope, self.params, self.message = scope, params, ""

    def finish(self, message: str) -> None:
        self.message = message


@pytest.fixture
def job_starts(monkeypatch) -> list:
    found: list = []
    monkeypatch.setattr(
        "accounts.actions.area_operations.start_job",
        lambda kind, subject, *, by, params, detail: found.append((kind, params)),
    )
    return found


@pytest.fixture
def approved(worker_role, cast, job_starts) -> list[AreaOperation]:
    """A move and a rename of today, both signed."""
    made = []
    for kind, plan in (
        ("move", {"units": [TOWN], "parent": "990102"}),
        ("rename", {"units": ["990101001"], "name": "岭上街道"}),
    ):
        with scoped(cast.city) as scope:
            made.append(propose(kind, day(), plan, reason="批复", by=scope))
    with scoped(cast.admin) as scope:
        decide_many(made, by=scope)
    return made


def test_the_timer_carries_out_what_is_due_and_a_second_run_finds_nothing(approved, cast):
    for words in ("2 项变更已生效", "0 项变更已生效"):
        with system_scoped("areas") as scope:
            context = Context(scope)
            carry_out_due(context)
            assert context.message.startswith(words)
    assert [state(row) for row in approved] == ["done", "done"]
    assert AreaVersion.objects.using("owner").filter(area__code=TOWN).count() == 1


def test_a_day_that_has_not_come_is_left_alone(worker_role, cast, job_starts):
    operation = proposed(cast, by="county", after=1)
    with scoped(cast.city) as scope:
        decide(operation, agree=True, note="", by=scope)
    with system_scoped("areas") as scope:
        carry_out_due(Context(scope))
    assert (state(operation), area(TOWN).name) == ("approved", "上坡镇")


def test_killed_in_the_middle_nothing_has_happened_and_the_next_run_does_it_whole(
    approved, cast, monkeypatch
):
    """The process dies after the tree and the paths were written and before the totals: at the end of a connection the
    database rolls back, as it does here."""

    class Killed(BaseException):
        pass

    def die(*args: object) -> None:
        raise Killed

    shares = area_moves.shares()
    monkeypatch.setattr(
        area_moves,
        "shares",
        lambda: (*shares, area_moves.Share("x", "x", lambda c: [], lambda c, b: [], die)),
    )
    with pytest.raises(Killed), system_scoped("areas") as scope:
        carry_out_due(Context(scope))
    assert (area(TOWN).path, [state(row) for row in approved]) == (
        f"99/9901/990101/{TOWN}/",
        ["approved", "approved"],
    )
    assert not AreaVersion.objects.using("owner").exists()
    monkeypatch.setattr(area_moves, "shares", lambda: shares)
    with system_scoped("areas") as scope:
        carry_out_due(Context(scope))
    assert (area(TOWN).path, [state(row) for row in approved]) == (
        f"99/9901/990102/{TOWN}/",
        ["done", "done"],
    )


def test_one_that_is_no_longer_allowed_fails_alone_and_sounds_an_alarm(approved, cast, monkeypatch):
    sounded = []
    monkeypatch.setattr("accounts.area_tasks.alarms.sound", lambda name, **facts: sounded.append(name))
    real = area_operations._check_again

    def check(operation):
        if operation.pk == approved[0].pk:
            raise Refusal("area_changed_meanwhile", "提出以后区划又有变化")
        return real(operation)

    monkeypatch.setattr(area_operations, "_check_again", check)
    with system_scoped("areas") as scope:
        context = Context(scope, operations=[row.pk for row in approved])
        carry_out_due(context)
    assert [state(row) for row in approved] == ["failed", "done"]
    assert (sounded, area(TOWN).path) == (["area_operation_failed"], f"99/9901/990101/{TOWN}/")


def test_the_job_of_an_approval_does_those_approved(approved, cast):
    with scoped(cast.admin) as scope:
        context = Context(scope, operations=[approved[1].pk])
    carry_out_approved(context)
    assert [state(row) for row in approved] == ["approved", "done"]
