"""Who may look at a masked value, how often, and for how long it is shown. Pure.

Figures: security 3.3 of the threat model (one field of one person, 30 a day an account, 60 seconds, then a second
person).
"""

from datetime import timedelta

from accounts.errors import Refusal
from accounts.models import Reveal, RevealConsent
from accounts.rules.two_persons import check_undecided, second_account
from accounts.scope import Scope

QUOTA = 30
SHOWN = timedelta(seconds=60)
CONSENT_LASTS = timedelta(minutes=30)
NOTE_LENGTH = 4
SOURCE = "脱敏信息查看"


def check_reason(*, purpose: str, note: str, case_number: str) -> None:
    """Refuses a purpose not on the list, a note that says nothing, and no case number."""
    if purpose not in Reveal.Purpose.values:
        raise Refusal("purpose_unknown", "请从列表中选用途", field="purpose", source=SOURCE)
    if len(note) < NOTE_LENGTH:
        raise Refusal(
            "note_too_short", f"请用至少 {NOTE_LENGTH} 个字写明为什么要看", field="note", source=SOURCE
        )
    if not case_number:
        raise Refusal(
            "case_number_required",
            "请填事由编号：文号、信访编号、任务号或日报日期",
            field="case_number",
            source=SOURCE,
        )


def check_consent(
    consent: RevealConsent | None, *, purpose: str, note: str, case_number: str
) -> RevealConsent:
    """The consent that opens a look beyond the quota; refuses where there is none, and any other reason than its own."""
    if consent is None:
        raise Refusal(
            "reveal_quota",
            f"今天已查看 {QUOTA} 次，到上限。再看须第二人同意：请提出申请，由本单位或上级另一名有权查看的人审批",
            source=SOURCE,
            status=429,
        )
    if (consent.purpose, consent.note, consent.case_number) != (purpose, note, case_number):
        raise Refusal(
            "consent_for_other_reason",
            f"第二人同意的是“{consent.get_purpose_display()}”，事由编号 {consent.case_number}。"
            "请按申请时的用途、说明和事由编号查看",
            source=SOURCE,
            status=409,
        )
    return consent


def check_beyond_quota(by: Scope, made: int) -> None:
    """Refuses to ask for a second person while looks are left, and for who holds single villages only."""
    if made < QUOTA:
        raise Refusal(
            "quota_left", f"今天还可查看 {QUOTA - made} 次，不用申请，直接查看即可", source=SOURCE, status=409
        )
    if by.units is not None:
        raise Refusal(
            "consent_not_for_named_units",
            "只管指定单位的账号不能申请超额查看，请明天再看，或请本单位的换届办查看",
            source=SOURCE,
            status=403,
        )


def check_may_consent(by: Scope, consent: RevealConsent, *, may_look: bool) -> None:
    """Refuses who asked, who stands beside or below, who could not look at the value, and a second answer."""
    second_account(by, consent, "申请人不能同意自己的申请，请由另一名有权查看的人办理")
    if by.units is not None or not consent.unit_path.startswith(by.path):
        raise Refusal(
            "consent_outside", "由申请人本单位或上级的人审批，请转告他们", source=SOURCE, status=403
        )
    if not may_look:
        raise Refusal(
            "consent_without_right", "自己无权查看这一项，不能替别人同意", source=SOURCE, status=403
        )
    check_undecided(consent)
