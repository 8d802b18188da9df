"""Requests that wait for a second person, for the stage and for the relations."""

import datetime as dt

from accounts.choices import Role
from accounts.models import GrantRequest, RevealConsent
from tests.cast import Cast
from tests.helpers import as_owner


def request_of(asker: str, cast: Cast, about: str = "sibling_town") -> int:
    """A two-person request that an administrator made about an account of a township."""
    own, by = getattr(cast, about), getattr(cast, asker)
    # One request for the same thing may be open: each of two administrators asks for another role.
    role = "second_entry" if asker == "admin" else "inspector"
    facts = {"kind": "grant", "user_id": own.user_id, "role": role, "area": own.area}
    with as_owner():
        there = (
            GrantRequest.objects.using("owner")
            .filter(user_id=own.user_id, asked_by=by, decision="pending")
            .first()
        )
        return (there or GrantRequest.objects.using("owner").create(
            **facts, holder_name=own.holder_name, office_name="占位", valid_from=dt.date(2000, 1, 1), asked_by=by,
            asked_by_account=by.user_id, asked_by_name=by.holder_name,
        )).pk  # fmt: skip


def consent_of(asker: str, cast: Cast, about: str) -> int:
    """A request from a member's unit to look once more at a number: a township's own, of the others that of 上坡镇."""
    own, by = getattr(cast, about), getattr(cast, asker)
    whose = cast.users[about if own.role == Role.TOWNSHIP else "sibling_town"]
    facts = {"asked_by": by, "what": "account.phone", "subject_id": whose.pk, "decision": "pending"}
    with as_owner():
        there = RevealConsent.objects.using("owner").filter(**facts).first()
        return (there or RevealConsent.objects.using("owner").create(
            **facts, asked_by_account=by.user_id, asked_by_name=by.holder_name, area=own.area, whose=whose.display_name,
            purpose="contact", note="催报当日日报", case_number="日报催报",
        )).pk  # fmt: skip
