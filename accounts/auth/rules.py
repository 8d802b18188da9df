"""What decides over sign-in and sessions. Pure: ages and counts are arguments.

Figures: security P12 and P13 of the threat model; password rules follow GB/T 22239-2019 8.1.4.1 a.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from accounts.choices import Role

FREE_FAILURES = 4
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
FAILURES_FADE = timedelta(hours=24)

IP_FAILURES = 60
IP_WINDOW = timedelta(minutes=10)

IDLE = timedelta(minutes=30)
SHORT_IDLE = timedelta(minutes=15)
# What the sign-in page tells whose session is over.
ENDED = {
    "replaced": "这个账号刚在另一个浏览器登录，这里已退出。不是本人登录的，请马上找管理员重置密码",
    "idle": "长时间没有操作，已自动退出",
    "absolute": "登录满 12 小时，请重新登录",
    "password": "密码已修改或重置，请用新密码登录",
    "factor": "第二因素有变化，请重新登录",
    "disabled": "登录已由管理员结束",
    "network": "网络有变化，请重新登录",
    "outside": "这个账号只能在规定的网络使用，请回到办公网络再登录",
}
SHORT_IDLE_ROLES = frozenset({Role.REVIEWER, Role.HOTLINE, Role.ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
ABSOLUTE = timedelta(hours=12)

STEP_UP = timedelta(minutes=5)  # P14

PASSWORD_LENGTH = 12
PASSWORD_CLASSES = 3
PASSWORD_AGE = timedelta(days=90)


def wait_after(failures: int) -> timedelta:
    """Wait before the next try after so many failures in a row: 15 s from the fifth, doubling to 15 min.

    The cap keeps the curve from being a weapon: whoever is guessed at waits a quarter of an hour at most.
    """
    if failures <= FREE_FAILURES:
        return timedelta(0)
    return min(FIRST_WAIT * 2 ** min(failures - FREE_FAILURES - 1, 10), LONGEST_WAIT)


def idle_limit(roles: Iterable[str]) -> timedelta | None:
    """The strictest idle limit of the roles; None (no limit) only for a device that is nothing but a wall."""
    held = set(roles)
    if held == {Role.WALL}:
        return None
    return SHORT_IDLE if held & SHORT_IDLE_ROLES else IDLE


def session_end(*, age: timedelta, idle: timedelta, limit: timedelta | None) -> str:
    """Why a session is over: 'absolute', 'idle' or '' while it lives. A wall screen (no limit) stays on."""
    if limit is None:
        return ""
    if age > ABSOLUTE:
        return "absolute"
    return "idle" if idle > limit else ""


def session_left(*, age: timedelta, idle: timedelta, limit: timedelta | None) -> timedelta | None:
    """How long the session still lives without anything being done; None for a wall screen."""
    return None if limit is None else max(min(limit - idle, ABSOLUTE - age), timedelta(0))


def network_of(address: str | None) -> str:
    """The network an address belongs to: 256 addresses of IPv4, a site of IPv6; '' for none."""
    if not address:
        return ""
    found = ip_address(address)
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))


def password_classes(password: str) -> int:
    """How many of lower case, upper case, digits and other signs occur."""
    return sum(
        any(test(sign) for sign in password)
        for test in (
            lambda sign: sign.isascii() and sign.islower(),
            lambda sign: sign.isascii() and sign.isupper(),
            lambda sign: sign.isascii() and sign.isdigit(),
            lambda sign: not (sign.isascii() and sign.isalnum()),
        )
    )


def role_networks(setting: Iterable[str]) -> dict[str, list[IPv4Network | IPv6Network]]:
    """Networks by role: `auditor=10.1.0.0/16`, several of one role by several entries; a mistake is refused."""
    found: dict[str, list[IPv4Network | IPv6Network]] = {}
    for entry in setting:
        role, sign, network = (part.strip() for part in entry.partition("="))
        if not sign or role not in Role.values:
            raise ValueError(f"CUNXUAN_NETWORKS: {entry}")
        try:
            found.setdefault(role, []).append(ip_network(network))
        except ValueError as error:
            raise ValueError(f"CUNXUAN_NETWORKS: {entry}: {error}") from None
    return found


def is_admitted(
    roles: Iterable[str], address: str | None, networks: Mapping[str, list[IPv4Network | IPv6Network]]
) -> bool:
    """Whether every bound role of these may be used from the address; no address is outside of any network."""
    found = ip_address(address) if address else None
    if found is not None and found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    return all(
        found is not None and any(found in network for network in networks[role])
        for role in set(roles) & networks.keys()
    )


def factor_roles(setting: Iterable[str]) -> frozenset[str]:
    """Roles that must have a second factor by the setting: `all`, `none` or codes; an unknown word is refused."""
    words = {word.strip() for word in setting if word.strip()}
    if words == {"all"}:
        return frozenset(Role.values)
    if unknown := words - {"none"} - set(Role.values):
        raise ValueError(f"CUNXUAN_SECOND_FACTOR: {', '.join(sorted(unknown))}")
    return frozenset(words - {"none"})


def code_counter(code: str, candidates: Iterable[tuple[int, str]], last: int) -> int | None:
    """The time step a code belongs to, if it is later than the last one used: a code opens the door once."""
    return next((step for step, right in candidates if step > last and right == code), None)
