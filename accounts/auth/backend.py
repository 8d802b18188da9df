"""The one way in: user name and password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from accounts.models import User


class PasswordBackend(BaseBackend):
    """Checks a password; a name that does not exist costs the same time as one that does."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **kwargs: Any
    ) -> User | None:
        user = find_user(username)
        if user is None or not user.is_active:
            make_password(password)
            return None
        return user if check_password(password, user.password) else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def find_user(username: str) -> User | None:
    """The account of this name, whatever the case and the blanks around it."""
    return User.objects.filter(username__iexact=username.strip()).first() if username.strip() else None
