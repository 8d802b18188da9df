"""Who may look at a masked value, how often, and for how long it is shown. Pure.

Figures: security 3.3 of the threat model (one field of one person, 30 a day an account, 60 seconds).
"""

from datetime import timedelta

from accounts.errors import Refusal
from accounts.models import Reveal

QUOTA = 30
SHOWN = timedelta(seconds=60)
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


def check_quota(made: int) -> None:
    """Refuses once so many reveals were made by this account today."""
    if made >= QUOTA:
        raise Refusal(
            "reveal_quota",
            f"今天已查看 {QUOTA} 次，到上限。请明天再看，或请另一名有权限的同事用自己的账号查看",
            source=SOURCE,
            status=429,
        )
