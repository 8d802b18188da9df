"""Password rules (GB/T 22239-2019 8.1.4.1 a: complex and changed regularly) and one-time passwords."""

import secrets

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.auth import rules
from accounts.models import User

# Without 0 O 1 l I: it is read out over the telephone.
_LOWER, _UPPER, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
ONE_TIME_LENGTH = 16

# What offices here are fond of; the long general list is Django's.
LOCAL_FAVOURITES = (
    "huanjie",
    "xuanju",
    "cunxuan",
    "zhengfu",
    "admin",
    "password",
    "passw0rd",
    "p@ssw0rd",
    "woaini",
    "qwerty",
    "123456",
    "abc123",
    "111111",
    "888888",
    "666666",
    "1qaz2wsx",
)


class LengthAndClasses:
    """At least twelve characters of at least three classes."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < rules.PASSWORD_LENGTH:
            raise ValidationError(f"密码至少 {rules.PASSWORD_LENGTH} 位", code="password_too_short")
        if rules.password_classes(password) < rules.PASSWORD_CLASSES:
            raise ValidationError(
                "密码须含大写字母、小写字母、数字、其他符号中的至少三类", code="password_too_plain"
            )

    def get_help_text(self) -> str:
        return "至少 12 位，含大写字母、小写字母、数字、其他符号中的至少三类；不能含用户名，不能用常见密码。"


class NotCommon(CommonPasswordValidator):
    """Neither on the list of common passwords nor one of them with signs around it, nor the user name."""

    def validate(self, password: str, user: User | None = None) -> None:
        plain = password.lower().strip()
        core = "".join(sign for sign in plain if sign.isalnum())
        letters = core.strip("0123456789")
        if plain in self.passwords or core in self.passwords or letters in self.passwords:
            raise ValidationError("这个密码太常见", code="password_too_common")
        if any(favourite in plain for favourite in LOCAL_FAVOURITES):
            raise ValidationError("这个密码太常见", code="password_too_common")
        if user is not None and len(user.username) >= 3 and user.username.lower() in plain:
            raise ValidationError("密码不能含用户名", code="password_has_username")

    def get_help_text(self) -> str:
        return "不能用常见密码。"


class NotTheOldOne:
    """A change must change something."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is not None and user.password and check_password(password, user.password):
            raise ValidationError("新密码不能与现用密码相同", code="password_unchanged")

    def get_help_text(self) -> str:
        return "不能与现用密码相同。"


def check_rules(password: str, user: User) -> None:
    """Raises ValidationError with every rule that the password breaks."""
    password_validation.validate_password(password, user)


def one_time_password() -> str:
    """A random password of three classes, shown once; it must be changed at the next sign-in."""
    while True:
        password = "".join(secrets.choice(_LOWER + _UPPER + _DIGITS) for _ in range(ONE_TIME_LENGTH))
        if rules.password_classes(password) == rules.PASSWORD_CLASSES:
            return "-".join(password[at : at + 4] for at in range(0, ONE_TIME_LENGTH, 4))
