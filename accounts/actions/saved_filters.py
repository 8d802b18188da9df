"""Keeping the filters of a list under a name: save, rename, share with one's unit, delete."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit, audit_types, saved
from accounts.choices import OFFICE_ROLES
from accounts.errors import Refusal
from accounts.models import SavedFilter

if TYPE_CHECKING:
    from accounts.scope import Scope

# Who may show a filter to the whole unit: those who work for it, not who is sent there.
SHARERS = OFFICE_ROLES
MOST = 60


def save_filter(screen: str, query: str, *, name: str, shared: bool, by: "Scope") -> SavedFilter:
    """Keep `query` of a list under `name`.

    Refusals: filter_screen_unknown (404), filter_empty, filter_name_required, filter_name_taken,
    personal_number_refused, too_many_filters, filter_share_denied (403).
    """
    found = saved.screen_of(screen)
    if found is None or by.assignment is None or by.role not in found.roles:
        raise Refusal("filter_screen_unknown", "这个列表不能存筛选", field="screen", status=404)
    _check_share(shared, by)
    if SavedFilter.objects.owned_by(by).count() >= MOST:
        raise Refusal("too_many_filters", f"最多存 {MOST} 个筛选，先删去不用的", status=409)
    new = SavedFilter(
        assignment=by.assignment,
        holder_name=by.name,
        screen=screen,
        name=" ".join(name.split()),
        query=found.canonical(query),
        shared=shared,
        unit_path=by.path,
    )
    new.full_clean(exclude=["unit_path"])
    with transaction.atomic():
        audit.act(by, audit_types.FILTER_SAVED, SavedFilter, after=_facts(new), unit_path=by.path)
        new.save()
    return new


def change_filter(found: SavedFilter, *, name: str, shared: bool, by: "Scope") -> SavedFilter:
    """Rename a filter of one's own, share it or stop sharing it. Refusals as in `save_filter`."""
    _check_own(found, by)
    if shared and not found.shared:
        _check_share(shared, by)
    before = _facts(found)
    found.name, found.shared = " ".join(name.split()), shared
    found.full_clean(exclude=["unit_path"])
    with transaction.atomic():
        audit.act(by, audit_types.FILTER_CHANGED, found, before=before, after=_facts(found))
        found.save(update_fields=["name", "shared", "updated_at"])
    return found


@transaction.atomic
def delete_filter(found: SavedFilter, *, by: "Scope") -> None:
    """Delete a filter of one's own; colleagues it was shared with lose it too."""
    _check_own(found, by)
    audit.act(by, audit_types.FILTER_DELETED, found, before=_facts(found))
    found.delete()


def _check_own(found: SavedFilter, by: "Scope") -> None:
    if found.assignment_id != by.assignment_id:
        raise PermissionDenied


def _check_share(shared: bool, by: "Scope") -> None:
    if shared and not by.has(*SHARERS):
        raise Refusal(
            "filter_share_denied", "只有换届办和乡镇干部可以让本单位共用", field="shared", status=403
        )


def _facts(found: SavedFilter) -> dict[str, object]:
    return {"screen": found.screen, "name": found.name, "shared": found.shared}
