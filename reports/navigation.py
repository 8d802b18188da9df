"""Screens of this app in the menu."""

from accounts import navigation
from accounts.choices import Role


def declare() -> None:
    """Put the daily report into the menu."""
    everyone = (Role.TOWNSHIP, Role.COUNTY_OFFICE, Role.CITY_OFFICE)
    navigation.register("上报", "日报", "reports:daily", everyone, 10)
