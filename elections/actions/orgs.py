"""Open the records of a round from the area tree, and change one record."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.db import connections, router, transaction

from accounts import audit
from elections import audit_types, rules
from elections.models import Org, Round

if TYPE_CHECKING:
    from accounts.scope import Scope

_OPEN: Final = """
INSERT INTO elections_org (
    round_id, area_id, kind, party_org_type, is_pilot, is_large, is_due, not_due_reason, note,
    version, updated_at)
SELECT %(round)s, a.id, CASE a.kind WHEN 'community' THEN 'community' ELSE 'village' END, '',
       false, false, true, '', '', 1, now()
FROM accounts_area a
WHERE a.level = 5 AND a.in_electorate AND a.valid_to IS NULL AND a.path >= %(low)s AND a.path < %(high)s
ON CONFLICT (round_id, area_id) DO NOTHING
"""


@transaction.atomic
def open_orgs(round: Round, *, by: "Scope") -> int:
    """Create one record per area of the electorate under the round's city; returns how many are new.

    One set-based statement; villages that already have a record are left alone, so running it again after
    the area tree has grown adds only what is missing.
    """
    audit.act(by, audit_types.ORGS_OPENED, round)
    params: dict[str, Any] = {"round": round.pk, "low": round.area.path, "high": round.area.path_end}
    with connections[router.db_for_write(Org)].cursor() as cursor:
        cursor.execute(_OPEN, params)
        return cursor.rowcount


@transaction.atomic
def change_org(org: Org, values: Mapping[str, Any], *, version: int, by: "Scope", reason: str = "") -> Org:
    """Save the given fields of one record.

    Refused when the record has changed since `version`; oddities (`rules.oddities`) that this change brings
    need a reason, which is kept with the act. Nothing is written when nothing differs.
    """
    org = Org.objects.visible_to(by).select_for_update(of=("self",)).select_related("area").get(pk=org.pk)
    rules.require_same_version(version, org.version)
    before = field_values(org)
    after = {**before, **{name: value for name, value in values.items() if name in rules.EDITABLE}}
    changed = rules.changed_fields(before, after)
    if not changed:
        return org
    known = rules.oddities(before)
    rules.require_reason([oddity for oddity in rules.oddities(after) if oddity not in known], reason)
    for name in changed:
        setattr(org, name, after[name])
    org.full_clean(exclude=["round", "area", "unit_path"])  # neither key can change here
    audit.act(
        by,
        audit_types.ORG_CHANGED,
        org,
        reason=reason,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    org.version += 1
    org.save(update_fields=[*changed, "version", "updated_at"])
    return org


def field_values(org: Org) -> dict[str, Any]:
    """The editable fields of a record as plain values."""
    return {name: getattr(org, name) for name in rules.EDITABLE}
