"""Known devices: a random mark in the browser, stored hashed per account after a successful sign-in."""

import hashlib
import secrets

from django.conf import settings
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse

from accounts.models import KnownDevice, User

AGE = 180 * 24 * 3600


def cookie_name() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def known_device(request: HttpRequest, user: User | None) -> KnownDevice | None:
    """The device of this request if `user` has signed in from it before."""
    mark = request.COOKIES.get(cookie_name(), "")
    if not mark or user is None:
        return None
    return KnownDevice.objects.filter(user=user, token_hash=_hashed(mark)).first()


def remember_device(request: HttpRequest, user: User) -> str:
    """Note the device of a successful sign-in; returns the mark that the answer must set."""
    mark = request.COOKIES.get(cookie_name(), "")
    if len(mark) < 40:
        mark = secrets.token_urlsafe(32)
    KnownDevice.objects.update_or_create(
        user=user, token_hash=_hashed(mark), defaults={"seen_at": Now()}, create_defaults={}
    )
    return mark


def set_device_cookie(response: HttpResponse, mark: str) -> None:
    response.set_cookie(
        cookie_name(),
        mark,
        max_age=AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _hashed(mark: str) -> str:
    return hashlib.sha256(mark.encode()).hexdigest()
