"""The demonstration city: deterministic by seed, lawful in its rows, and verifiable like real reports."""

import datetime

from django.core.management import call_command
from django.utils import timezone

from accounts.scope import scoped
from reports.demo import plan
from reports.models import CountyDay, CountyForward, DailyRevision, RollupRow
from reports.models.columns import column_keys
from reports.queries.county_day import is_intact
from reports.queries.receipts import digest_of
from reports.rules.catalogue import ORDER
from tests.helpers import as_owner

FIRST = datetime.date(2026, 11, 1)


def test_the_plan_is_the_same_for_the_same_seed_and_another_for_another():
    assert plan.course(1, "330702001001", 800, FIRST) == plan.course(1, "330702001001", 800, FIRST)
    assert plan.course(1, "330702001001", 800, FIRST) != plan.course(2, "330702001001", 800, FIRST)


def test_the_plan_fills_only_columns_of_the_daily_table():
    village = plan.course(1, "330702001001", 800, FIRST)
    values = plan.figures(1, village, FIRST + datetime.timedelta(days=200), zero=False, spike=True)
    assert set(values) <= set(column_keys())


def test_steps_keep_the_order_of_the_checks_and_parts_stay_within_their_whole():
    for number in range(300):
        village = plan.course(1, f"3307020010{number:02}", 800, FIRST)
        for earlier, later, _ in ORDER:
            if earlier in village.steps and later in village.steps:
                assert village.steps[earlier] <= village.steps[later], (village.code, earlier, later)
        assert village.team["ballots"] <= village.voters
        assert village.objections[1] <= village.objections[0]


def test_the_demo_city_loads_and_its_digests_hold(committed, cast, capsys, settings, tmp_path):
    """The city of the cast, without its round: 3 townships × 4 days; a second load changes nothing."""
    from elections.models import Org, Round

    settings.DATA_DIR = tmp_path
    shared = "密码 password：Cunxuan-demo-2026（乡镇用户名即其代码）"
    (tmp_path / "demo-accounts.txt").write_text(f"3307      金华市换届办\n{shared}\n", encoding="utf-8")
    with as_owner():
        Org.objects.using("owner").filter(round=cast.rounds["9902"]).delete()
        Round.objects.using("owner").filter(pk=cast.rounds["9902"].pk).delete()
    call_command("load_demo", city="9902", days=4, seed=1)
    revisions = list(DailyRevision.objects.using("owner").select_related("area"))
    today = timezone.localdate()
    assert {revision.date for revision in revisions} <= {today - datetime.timedelta(days=n) for n in range(4)}
    assert revisions
    assert RollupRow.objects.using("owner").filter(area=cast.areas["9902"]).count() == 4
    with scoped(cast.foreign_town):
        for revision in DailyRevision.objects.select_related("area"):
            assert digest_of(revision) == revision.digest
    forwards = list(CountyForward.objects.using("owner").select_related("area"))
    assert forwards
    assert all(is_intact(forward) for forward in forwards)
    opened = set(
        CountyDay.objects.using("owner").filter(opening__isnull=False).values_list("state", flat=True)
    )
    assert opened == {"returned", "reopened"}
    capsys.readouterr()
    call_command("load_demo", city="9902", days=4, seed=1)
    assert "没有改动" in capsys.readouterr().out
    assert DailyRevision.objects.using("owner").count() == len(revisions)
    assert (tmp_path / "demo-accounts.txt").read_text(encoding="utf-8").splitlines() == [
        "3307      金华市换届办",
        "9902      望海市换届办",
        "990201    海门区换届办",
        "990201101 渔港镇换届办",
        "auditor admin security leader inspector evaluator reviewer hotline wall",
        shared,
    ]
