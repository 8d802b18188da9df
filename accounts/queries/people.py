"""What the accounts screens read. Accounts come through `login`, their roles under the reader's own scope."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.errors import Refusal
from accounts.keyset import PAGE_SIZE
from accounts.models import Area, Assignment, GrantRequest, User
from accounts.querysets import path_range
from accounts.rules.people import MANAGERS
from accounts.scope import Scope
from accounts.today import Card

REQUESTS_SHOWN, CARDS = 50, 20


@dataclass
class UserLine:
    """One account and those of its roles that the reader may see."""

    user: User
    held: list[Assignment] = field(default_factory=list)

    def in_force(self, today: date) -> list[Assignment]:
        return [row for row in self.held if row.is_in_force(today)]


@dataclass(frozen=True)
class UserPage:
    lines: list[UserLine]
    next: str
    previous: str


def visible_assignments(scope: Scope) -> QuerySet[Assignment]:
    return Assignment.objects.visible_to(scope)


def visible_users(scope: Scope) -> QuerySet[User]:
    """Accounts a reader may see: a manager of the whole system all, everybody else those of its subtree."""
    if scope.role in MANAGERS and not scope.path:
        return User.objects.all()
    ids = visible_assignments(scope).values_list("user_id", flat=True).distinct()
    return User.objects.filter(pk__in=list(ids))


def area_of_grant(scope: Scope, code: str) -> Area | None:
    """The unit a grant names, None for the whole system; refuses a code outside the grantor's area."""
    if not code.strip():
        return None
    area = Area.objects.visible_to(scope).filter(code=code.strip()).first()
    if area is None:
        raise Refusal("area_outside", "没有这个区划，或不在您的管辖范围内", field="area")
    return area


def units_of_grant(scope: Scope, codes: Sequence[str]) -> list[Area]:
    """The villages a grant is confined to, in the order given; refuses the first code that is unknown."""
    found = {area.code: area for area in Area.objects.visible_to(scope).filter(code__in=codes)}
    for code in codes:
        if code not in found:
            raise Refusal("units_unknown", f"没有代码为 {code} 的村(社区)", field="units")
    return [found[code] for code in codes]


def codes_of_units(rows: Iterable[Assignment]) -> dict[int, str]:
    """Codes by key of every village that one of the assignments is confined to. One query, or none."""
    keys = {key for row in rows for key in row.units or ()}
    return dict(Area.objects.filter(pk__in=keys).values_list("pk", "code")) if keys else {}


def names_of_units(rows: Iterable[Assignment]) -> dict[int, str]:
    """Names by key of every village that one of the assignments is confined to. One query, or none."""
    keys = {key for row in rows for key in row.units or ()}
    return dict(Area.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def named_users(users: QuerySet[User], term: str) -> QuerySet[User]:
    """Those whose user name or name has `term` in it; all for an empty one."""
    wanted = term.strip()
    if not wanted:
        return users
    return users.filter(Q(username__icontains=wanted) | Q(display_name__contains=wanted))


def holders(
    scope: Scope, users: QuerySet[User], *, role: str = "", area: Area | None = None
) -> QuerySet[User]:
    """Those with an assignment the reader sees that is not revoked: of this role, inside this unit. One query."""
    rows = visible_assignments(scope).filter(revoked_at__isnull=True)
    rows = rows.filter(role=role) if role else rows
    rows = rows.filter(path_range(area.path)) if area is not None else rows
    return users.filter(pk__in=list(rows.values_list("user_id", flat=True).distinct()))


def user_page(
    scope: Scope, *, q: str = "", role: str = "", state: str = "", area: Area | None = None, after: str = "",
    before: str = "", size: int = PAGE_SIZE,
) -> UserPage:  # fmt: skip
    """One page by user name. Three queries at most, whatever its size."""
    users = named_users(visible_users(scope), q)
    if state in ("on", "off"):
        users = users.filter(is_active=state == "on")
    if role or area is not None:
        users = holders(scope, users, role=role, area=area)
    if before and not after:
        found = list(users.filter(username__lt=before).order_by("-username")[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        onward, back = _name(found, -1), _name(found, 0) if more else ""
    else:
        onwards = users.filter(username__gt=after) if after else users
        found = list(onwards.order_by("username")[: size + 1])
        more, found = len(found) > size, found[:size]
        onward, back = _name(found, -1) if more else "", _name(found, 0) if after else ""
    return UserPage(lines_of(scope, found), onward, back)


def lines_of(scope: Scope, users: list[User]) -> list[UserLine]:
    held = defaultdict(list)
    rows = visible_assignments(scope).filter(user_id__in=[user.pk for user in users])
    for row in rows.select_related("area").order_by("valid_from", "pk"):
        held[row.user_id].append(row)
    return [UserLine(user, held[user.pk]) for user in users]


def held_by(user_id: int) -> list[Assignment]:
    """Assignments of an account not yet over, wherever they are: `login` sees them all."""
    return active_assignments(user_id, timezone.localdate(), future=True)


def held_within(scope: Scope, user_id: int) -> list[Assignment]:
    """Assignments of an account not yet over that the reader sees, this transaction's own included. One query."""
    return list(visible_assignments(scope).filter(user_id=user_id).not_over(timezone.localdate()))


def active_assignments(user_id: int, today: date, *, future: bool = False) -> list[Assignment]:
    """Assignments of an account in force on a day; with `future` also those that begin later."""
    rows = Assignment.objects.using("login").filter(user_id=user_id, revoked_at__isnull=True)
    rows = rows.not_over(today) if future else rows.in_force(today)
    return list(rows.select_related("area").order_by("pk"))


def grant_requests(scope: Scope) -> tuple[list[GrantRequest], list[GrantRequest]]:
    """Two-person requests of the reader's area: those waiting, and the last fifty decided. Two queries."""
    rows = GrantRequest.objects.visible_to(scope).select_related("area")
    waiting = rows.filter(decision=GrantRequest.Decision.PENDING).order_by("asked_at", "pk")
    decided = rows.exclude(decision=GrantRequest.Decision.PENDING).order_by("-decided_at")
    return list(waiting), list(decided[:REQUESTS_SHOWN])


def request_cards(scope: Scope, now: datetime) -> list[Card]:
    """今日 of an administrator: requests another one has made. One query."""
    if scope.role not in MANAGERS or scope.assignment is None:
        return []
    account = scope.assignment.user_id
    rows = GrantRequest.objects.visible_to(scope).filter(decision=GrantRequest.Decision.PENDING)
    rows = rows.exclude(asked_by_account=account).exclude(user_id=account).select_related("area")
    url = reverse("users:requests")
    return [
        Card(None, f"审批：{row.what}", f"{row.asked_by_name}申请", row.holder_name, url, "审批", "账号")
        for row in rows.order_by("asked_at")[:CARDS]
    ]


def _name(found: list[User], index: int) -> str:
    return found[index].username if found else ""
