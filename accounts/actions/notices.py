"""Telling: one statement for any number of people; reading."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, transaction
from django.db.models.functions import Now

from accounts import audit, audit_types
from accounts.models.notices import Notice, NoticeSetting
from accounts.queries.notices import unread_key

if TYPE_CHECKING:
    from accounts.scope import Scope

TEXT_LENGTH = 240


@dataclass(frozen=True)
class Telling:
    """What is told to everybody who holds one of `roles` at a unit. `dedup` names the thing: told once."""

    area_id: int
    roles: tuple[str, ...]
    kind: str
    text: str
    dedup: str
    url: str = ""
    due_at: datetime | None = None


def tell(items: Iterable[Telling]) -> int:
    """Tell the units at or below the scope in force; returns how many people were told. One statement."""
    rows = [{**asdict(item), "text": item.text[:TEXT_LENGTH]} for item in items]
    if not rows:
        return 0
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT notice_send(%s::jsonb)", [json.dumps(rows, cls=DjangoJSONEncoder)])
        return cursor.fetchone()[0]


def read(notice: Notice, *, by: "Scope") -> None:
    """Note that a notice was read; the first time counts."""
    Notice.objects.visible_to(by).unread().filter(pk=notice.pk).update(read_at=Now())
    cache.delete(unread_key(by))


def read_all(*, by: "Scope") -> int:
    """Note that all notices of this person were read; returns how many were not before."""
    changed = Notice.objects.visible_to(by).unread().update(read_at=Now())
    cache.delete(unread_key(by))
    return changed


@transaction.atomic
def set_digest(digest: bool, *, by: "Scope") -> None:
    """One notice each morning instead of each reminder, or each reminder again."""
    audit.act(by, audit_types.NOTICES_SET, NoticeSetting, after={"digest": digest}, unit_path=by.path)
    NoticeSetting.objects.update_or_create(assignment=by.assignment, defaults={"digest": digest})
