"""Accounts of the demonstration city: one for each office, invented names, one shared password."""

import datetime
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.choices import Level, Role
from accounts.models import Area, Assignment, User
from reports.demo.plan import dice_for

# Only ever used for generated data; printed by run.py.
PASSWORD = "Cunxuan-demo-2026"  # noqa: S105
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红文辉力波斌宁浩然雨晨子轩思远佳怡俊峰晓东海燕志远"
)
OFFICE_ROLE = {Level.CITY: Role.CITY_OFFICE, Level.COUNTY: Role.COUNTY_OFFICE, Level.TOWNSHIP: Role.TOWNSHIP}


def invented_name(seed: int, key: str) -> str:
    dice = dice_for(seed, "name", key)
    return dice.choice(SURNAMES) + "".join(dice.sample(GIVEN, dice.choice((1, 2, 2))))


def seat_offices(city: Area, *, seed: int, since: datetime.date) -> dict[int, Assignment]:
    """An account for the city, each county and each township, and the special roles; by area id.

    User names: the unit's code; the special roles `auditor`, `admin`, `security`, `wall`, `leader`,
    `inspector`, `reviewer`, `hotline`. Seats that are taken are left alone.
    """
    areas = list(
        Area.objects.using("owner")
        .within(city.path)
        .filter(level__in=(Level.CITY, Level.COUNTY, Level.TOWNSHIP))
        .order_by("path")
    )
    county = next((area for area in areas if area.level == Level.COUNTY), city)
    taken = set(User.objects.using("owner").values_list("username", flat=True))
    seats = [Seat(area.code, OFFICE_ROLE[area.level], area) for area in areas] + special_seats(city, county)
    _seat([seat for seat in seats if seat.username not in taken], county, seed=seed, since=since)
    offices = (
        Assignment.objects.using("owner").filter(role__in=OFFICE_ROLE.values(), area__in=areas).order_by("pk")
    )
    return {office.area_id: office for office in offices}


class Seat(NamedTuple):
    """An account of the demo and what it is assigned."""

    username: str
    role: Role
    area: Area | None
    department: str = ""


def special_seats(city: Area, county: Area) -> list[Seat]:
    """The roles besides the offices, one account each; those who name their villages sit in `county`."""
    return [
        Seat("auditor", Role.AUDITOR, None),
        Seat("admin", Role.ADMIN, None),
        Seat("security", Role.SECURITY_ADMIN, None),
        Seat("wall", Role.WALL, city),
        Seat("hotline", Role.HOTLINE, city),
        Seat("inspector", Role.INSPECTOR, county),
        Seat("evaluator", Role.EVALUATOR, county),
        Seat("leader", Role.LEADER, county),
        Seat("reviewer", Role.REVIEWER, county, "公安"),
    ]


def _seat(seats: list[Seat], county: Area, *, seed: int, since: datetime.date) -> None:
    """Make the accounts and their assignments; those who name villages get the first twelve of the county."""
    password, now = make_password(PASSWORD), timezone.now()
    users = User.objects.using("owner").bulk_create(
        User(
            username=seat.username,
            display_name=invented_name(seed, seat.username),
            password=password,
            password_changed_at=now,
        )
        for seat in seats
    )
    villages = Area.objects.using("owner").within(county.path).electorate().order_by("path")
    named = list(villages.values_list("pk", flat=True)[:12])
    Assignment.objects.using("owner").bulk_create(
        Assignment(
            user_id=user.pk,
            holder_name=user.display_name,
            office_name=office_name(seat.area, seat.role),
            role=seat.role,
            area=seat.area,
            unit_path=seat.area.path if seat.area else "",
            department=seat.department,
            units=named if seat.role in (Role.LEADER, Role.INSPECTOR, Role.EVALUATOR) else None,
            valid_from=since,
        )
        for user, seat in zip(users, seats, strict=True)
    )


def office_name(area: Area | None, role: str) -> str:
    if role in (Role.CITY_OFFICE, Role.COUNTY_OFFICE, Role.TOWNSHIP):
        return f"{area.name}换届办"
    return Role(role).label


def sign_in_lines(offices: dict[int, Assignment]) -> list[str]:
    """What run.py prints: the first office of each level, the special roles, the password they share."""
    first: dict[str, Assignment] = {}
    for office in sorted(offices.values(), key=lambda one: one.unit_path):
        first.setdefault(office.role, office)
    lines = [f"{office.area.code:<10}{office.office_name}" for office in first.values()]
    others = "auditor admin security leader inspector evaluator reviewer hotline wall"
    return [*lines, others, f"密码 password：{PASSWORD}（乡镇用户名即其代码）"]
