"""Screens of this app in the menu."""

from accounts import navigation
from accounts.choices import Role
from reports.comment_today import waiting_comments
from reports.views.rollup import READERS as ROLLUP_READERS
from reports.views.wall import READERS as WALL_READERS


def declare() -> None:
    """Put the daily report into the menu."""
    everyone = (Role.TOWNSHIP, Role.COUNTY_OFFICE, Role.CITY_OFFICE)
    navigation.register("上报", "日报", "reports:daily", everyone, 10)
    navigation.register("系统", "日报设置", "reports:daily-settings", (Role.CITY_OFFICE,), 15)
    navigation.register("上报", "完成度", "completeness:grid", everyone, 20)
    navigation.register("上报", "点评", "comments:list", everyone, 40, counter=waiting_comments)
    navigation.register("上报", "大屏", "wall", WALL_READERS, 40)
    navigation.register("上报", "汇总", "rollup:table", ROLLUP_READERS, 30)
