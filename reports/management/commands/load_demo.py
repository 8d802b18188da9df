"""`manage.py load_demo --city 3307 --days 30 --seed 1`: a demonstration city with a month of reports."""

import datetime
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.utils import timezone

from accounts import audit
from accounts.choices import Level
from accounts.models import Area
from elections.models import Round
from reports import audit_types
from reports.actions.rollup import rebuild
from reports.demo.comments import Comments
from reports.demo.lifecycle import Lifecycle
from reports.demo.people import PASSWORD, seat_offices, sign_in_lines
from reports.demo.records import seat_round
from reports.demo.reports import Reports

DATED_TABLES = (
    "elections_org",
    "reports_dailysheet",
    "reports_dailyrevision",
    "reports_correctionrequest",
    "reports_countyforward",
    "reports_countyopening",
    "reports_sheetopening",
)


class Command(BaseCommand):
    help = "装入演示城市：账号、村情档案、一个月的日报(全部为生成的数据)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--city", default="3307", help="市代码；没有时用已装入的第一个市")
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, city: str, days: int, seed: int, **options: Any) -> None:
        started = time.monotonic()
        area = self._city(city)
        if Round.objects.using("owner").filter(area=area).exists():
            self.stdout.write(f"{area.name}已有届次，没有改动。")
            return
        now = timezone.localtime()
        first = now.date() - datetime.timedelta(days=days - 1)
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            audit.act(None, audit_types.DEMO_LOADED, area, using="owner", after={"days": days, "seed": seed})
            self._progress(0, 1, "账号")
            offices = seat_offices(area, seed=seed, since=first - datetime.timedelta(days=60))
            # The past is written here once; everywhere else this trigger makes the database's clock decide.
            for table in DATED_TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER b_server_time")
            self._progress(0, 1, "村情档案")
            cursor.execute("ALTER TABLE elections_org DISABLE TRIGGER f_versions")
            round = seat_round(area, first=first, seed=seed)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE elections_org ENABLE TRIGGER f_versions")
            dates = [first + datetime.timedelta(days=n) for n in range(days)]
            made = Reports(round, offices, seed=seed, now=now).file_all(dates, self._progress)
            self._progress(1, 1, "县级上报")
            Lifecycle(round, offices, seed=seed, now=now).write(dates)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in DATED_TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER b_server_time")
            self._progress(1, 1, "汇总")
            rebuild(round, by=None, first=first, last=dates[-1], using="owner")
            self._progress(1, 1, "点评")
            comments = Comments(round, offices, seed=seed, now=now).write_all(dates)
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE")
        keep_sign_in_lines(sign_in_lines(offices))
        self.stdout.write(
            f"{area.name}：{len(offices)} 个账号，{made:,} 份日报，{comments:,} 件点评，"
            f"用时 {time.monotonic() - started:.0f} 秒。"
            f"密码都是 {PASSWORD}"
        )

    def _city(self, code: str) -> Area:
        cities = Area.objects.using("owner").filter(level=Level.CITY).select_related("parent")
        area = cities.filter(code=code).first() or cities.order_by("path").first()
        if area is None:
            raise CommandError("还没有区划。先执行 manage.py load_divisions --city 3307")
        return area

    def _progress(self, done: int, total: int, stage: str) -> None:
        self.stdout.write(f"  {stage} {done}／{total}")
        self.stdout.flush()


def keep_sign_in_lines(lines: list[str]) -> None:
    """Put the accounts of this city below those of the cities loaded before; what all share stays last."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    kept = settings.DATA_DIR / "demo-accounts.txt"
    earlier = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    lines = [*(line for line in earlier if line not in lines), *lines]
    kept.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
