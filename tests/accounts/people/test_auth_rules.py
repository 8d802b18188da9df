"""The lock-out curve, the ends of sessions, password rules: both sides of every boundary."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.auth import rules
from accounts.auth.passwords import LengthAndClasses, NotCommon, one_time_password
from accounts.choices import Role
from accounts.errors import codes
from accounts.models import User


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (0, 0),
        (4, 0),
        (5, 15),
        (6, 30),
        (7, 60),
        (8, 120),
        (9, 240),
        (10, 480),
        (11, 900),
        (12, 900),
        (10_000, 900),
    ],
)
def test_curve(failures, seconds):
    assert rules.wait_after(failures) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("roles", "minutes"),
    [
        ([Role.TOWNSHIP], 30),
        ([Role.REVIEWER], 15),
        ([Role.HOTLINE], 15),
        ([Role.ADMIN], 15),
        ([Role.SECURITY_ADMIN], 15),
        ([Role.AUDITOR], 15),
        ([Role.TOWNSHIP, Role.REVIEWER], 15),
        ([Role.WALL, Role.TOWNSHIP], 30),
    ],
)
def test_idle_limit_is_the_strictest_of_the_roles(roles, minutes):
    assert rules.idle_limit(roles) == timedelta(minutes=minutes)


def test_a_wall_has_no_idle_limit():
    assert rules.idle_limit([Role.WALL]) is None


@pytest.mark.parametrize(
    ("age", "idle", "limit", "end"),
    [
        (timedelta(hours=1), timedelta(minutes=30), rules.IDLE, ""),
        (timedelta(hours=1), timedelta(minutes=30, seconds=1), rules.IDLE, "idle"),
        (timedelta(hours=1), timedelta(minutes=15), rules.SHORT_IDLE, ""),
        (timedelta(hours=1), timedelta(minutes=15, seconds=1), rules.SHORT_IDLE, "idle"),
        (timedelta(hours=12), timedelta(0), rules.IDLE, ""),
        (timedelta(hours=12, seconds=1), timedelta(0), rules.IDLE, "absolute"),
        (timedelta(days=40), timedelta(days=3), None, ""),
    ],
)
def test_session_end(age, idle, limit, end):
    assert rules.session_end(age=age, idle=idle, limit=limit) == end


def refused(validator, password: str) -> list[str]:
    try:
        validator.validate(password, User(username="zhangsan"))
    except ValidationError as error:
        return codes(error)
    return []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab3defghijk", ["password_too_short"]),
        ("Ab3defghijkl", []),
        ("abcdefghijk9", ["password_too_plain"]),
        ("abcdefghij9-", []),
        ("ABCDEFGHIJ9 ", []),
        ("清溪乡的大桥Abcdef", []),
    ],
)
def test_length_and_classes(password, code):
    assert refused(LengthAndClasses(), password) == code


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Password-2026", ["password_too_common"]),
        ("Huanjie@20261", ["password_too_common"]),
        ("Sunshine!!!!1", ["password_too_common"]),
        ("Zhangsan#9Kq2", ["password_has_username"]),
        ("Tx9#mirvOlqa", []),
    ],
)
def test_common_passwords(password, code):
    assert refused(NotCommon(), password) == code


def test_one_time_passwords_keep_the_rules_and_differ():
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert [refused(LengthAndClasses(), password) for password in made] == [[]] * 50
