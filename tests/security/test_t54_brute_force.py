"""T54: guesses at one account, from one address, sprayed over many; nobody locks the townships out with them.

Counted at the door that every try passes before its password is checked (`open_attempt`), so that 10,000 tries cost
seconds, not hours of hashing. The short form makes 300.
"""

import time

import pytest

from accounts.auth import rules
from accounts.auth.attempts import Caller, open_attempt
from accounts.errors import Refusal
from accounts.models import KnownDevice
from tests.accounts.people.test_sessions import signed_in
from tests.accounts.people.test_sign_in import enter

pytestmark = pytest.mark.usefixtures("committed")


def let_through(callers) -> int:
    """How many of the tries reached a password check."""
    passed = 0
    for caller in callers:
        try:
            open_attempt(caller)
        except Refusal:
            continue
        passed += 1
    return passed


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def one_account(cast, number: int) -> int:
    """One account, a fresh address each time."""
    user = cast.users["town"]
    return let_through(Caller("town", user.pk, None, address(i)) for i in range(number))


def one_address(number: int) -> int:
    """Another name each time, from one address."""
    return let_through(Caller(f"33070200{i}", None, None, "10.9.9.9") for i in range(number))


def most(seconds: float) -> int:
    """Guesses that somebody who waits exactly as told has after so long: ten thousand take longer than the first wait."""
    tries, waited = 0, 0.0
    while waited <= seconds:
        tries += 1
        waited += rules.wait_after(tries).total_seconds()
    return tries


def check(cast, number: int) -> None:
    own = signed_in("town")
    own.post("/logout/")
    started = time.monotonic()
    guessed = one_account(cast, number)
    assert rules.FREE_FAILURES + 1 <= guessed <= most(time.monotonic() - started)
    assert one_address(number) == rules.IP_FAILURES
    assert (
        enter(signed_in("county"), "town").status_code == 429
    )  # from elsewhere the right password waits too
    assert enter(own).status_code == 302  # the township's own device files
    assert KnownDevice.objects.filter(user=cast.users["town"]).count() == 1


def test_t54_brute_force(cast):
    check(cast, 300)


@pytest.mark.long
def test_t54_brute_force_long(cast):
    check(cast, 10_000)


def test_t54_a_day_of_patience_buys_about_a_hundred_guesses():
    """Always waiting as told: the tries of 24 hours, and both ends of the curve."""
    tries, seconds = 0, 0.0
    while seconds < 86_400:
        tries += 1
        seconds += rules.wait_after(tries).total_seconds()
    assert tries == 105
    assert (rules.wait_after(4).seconds, rules.wait_after(5).seconds, rules.wait_after(99).seconds) == (
        0,
        15,
        900,
    )
