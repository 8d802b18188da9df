"""Accounts of the demonstration city: one for each office, invented names, one shared password."""

import datetime

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
    wanted = [(area.code, OFFICE_ROLE[area.level], area, "") for area in areas]
    county = next((area for area in areas if area.level == Level.COUNTY), city)
    wanted += [
        ("auditor", Role.AUDITOR, None, ""),
        ("admin", Role.ADMIN, None, ""),
        ("security", Role.SECURITY_ADMIN, None, ""),
        ("wall", Role.WALL, city, ""),
        ("hotline", Role.HOTLINE, city, ""),
        ("inspector", Role.INSPECTOR, county, ""),
        ("evaluator", Role.EVALUATOR, county, ""),
        ("leader", Role.LEADER, county, ""),
        ("reviewer", Role.REVIEWER, county, "公安"),
    ]
    taken = set(User.objects.using("owner").values_list("username", flat=True))
    password, now = make_password(PASSWORD), timezone.now()
    new = [seat for seat in wanted if seat[0] not in taken]
    users = User.objects.using("owner").bulk_create(
        User(
            username=username,
            display_name=invented_name(seed, username),
            password=password,
            password_changed_at=now,
        )
        for username, *_ in new
    )
    named = list(
        Area.objects.using("owner")
        .within(county.path)
        .electorate()
        .order_by("path")
        .values_list("pk", flat=True)[:12]
    )
    Assignment.objects.using("owner").bulk_create(
        Assignment(
            user_id=user.pk,
            holder_name=user.display_name,
            office_name=office_name(area, role),
            role=role,
            area=area,
            unit_path=area.path if area else "",
            department=department,
            units=named if role in (Role.LEADER, Role.INSPECTOR, Role.EVALUATOR) else None,
            valid_from=since,
        )
        for user, (_, role, area, department) in zip(users, new, strict=True)
    )
    offices = (
        Assignment.objects.using("owner").filter(role__in=OFFICE_ROLE.values(), area__in=areas).order_by("pk")
    )
    return {office.area_id: office for office in offices}


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
