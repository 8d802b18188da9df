"""What the ground floor finds: screens of the role, units of the own area, one's own jobs."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.urls import reverse

from accounts import finding, navigation
from accounts.choices import ALL_ROLES, Level, Role
from accounts.finding import Hit
from accounts.formats import moment
from accounts.models import Area, Job
from accounts.querysets import path_range
from accounts.rules.areas import READERS as AREA_READERS
from accounts.rules.people import MANAGERS

if TYPE_CHECKING:
    from accounts.scope import Scope

# A wall is touched by nobody.
SEEKERS = tuple(role for role in ALL_ROLES if role != Role.WALL)
OWN_PAGES = (
    ("我的账号", "account"),
    ("通知", "notices:list"),
    ("存下的筛选", "filters:list"),
    ("日历订阅", "calendar"),
    ("修改密码", "password"),
    ("帮助", "help"),
)
# Jobs are told apart by a handful of names, so the newest are read and looked through here.
JOBS_LOOKED_AT = 200


def screens(scope: "Scope", term: str, limit: int) -> Iterator[Hit]:
    """Lines of the role's menu and one's own pages. No query."""
    seen = [
        (entry.label, entry.group, entry.url_name)
        for entry in navigation.entries()
        if scope.role in entry.roles
    ]
    for label, group, url_name in [*seen, *((word, "", name) for word, name in OWN_PAGES)]:
        url = navigation.url_or_none(url_name)
        if url is not None and finding.matches(term, label):
            yield Hit(label, group, url)


def units(scope: "Scope", term: str, limit: int) -> list[Hit]:
    """Units above the village; for administrators, who have no records to find, villages too. One query."""
    return [
        Hit(
            area.name,
            area.parent.name if area.parent else area.get_kind_display(),
            reverse("areas:detail", args=[area.code]),
            finding.doors_of(scope, area.code, area.level),
        )
        for area in units_named(scope, term, limit)
    ]


def units_named(scope: "Scope", term: str, limit: int) -> list[Area]:
    """Units of the own area whose name, pinyin or code fits, the highest first. One query."""
    rows = Area.objects.search(term).select_related("parent")
    if scope.role not in MANAGERS:
        rows = rows.filter(level__lt=Level.VILLAGE)
    if scope.path:
        rows = rows.filter(path_range(scope.path, "path"))
    return list(rows.order_by("level", "path")[:limit])


def own_jobs(scope: "Scope", term: str, limit: int) -> Iterable[Hit]:
    """The newest jobs one has asked for, by name, unit or file. One query."""
    mine = Job.objects.filter(requested_by_id=scope.assignment_id).order_by("-pk")[:JOBS_LOOKED_AT]
    for job in mine:
        if finding.matches(term, job.label, job.detail, job.result_name):
            words = (job.detail, job.get_state_display(), moment(job.created_at))
            yield Hit(
                job.label, "，".join(word for word in words if word), reverse("jobs:detail", args=[job.pk])
            )


def register() -> None:
    finding.register("screens", "页面", SEEKERS, 10, screens)
    finding.register("units", "单位", AREA_READERS, 20, units)
    finding.register("jobs", "我的任务", SEEKERS, 60, own_jobs)
