"""From where a role may be used: CUNXUAN_NETWORKS names the networks of roles; a role that is not named, anywhere.

Asked at sign-in, at every request and of every token: an account that holds a bound role works from its networks
alone, whatever else it holds.
"""

from collections.abc import Iterable

from django.conf import settings

from accounts.auth import rules
from accounts.errors import Refusal
from accounts.scope.selection import held_assignments

OUTSIDE = "这个账号只能在规定的网络登录，请回到办公网络，或请管理员核对网络设置"


def is_bound() -> bool:
    """Whether any role is bound to networks: without the setting nothing is asked."""
    return bool(settings.NETWORKS)


def admits(roles: Iterable[str], address: str | None) -> bool:
    """Whether an account with these roles may work from this address."""
    return rules.is_admitted(roles, address, rules.role_networks(settings.NETWORKS))


def is_outside(user_id: int, address: str | None) -> bool:
    """Whether the account holds a role, whichever it works in, that is bound to networks without this address."""
    return is_bound() and not admits((row.role for row in held_assignments(user_id)), address)


def require_network(roles: Iterable[str], address: str | None) -> None:
    """Refusal (403 `network_refused`) outside the networks of the roles."""
    if is_bound() and not admits(roles, address):
        raise Refusal("network_refused", OUTSIDE, status=403)
