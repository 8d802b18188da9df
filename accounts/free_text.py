"""Free text never carries an identity-card or mobile number: one pattern, for Python and for the database.

The same expression is read by Python's `re` and by PostgreSQL's `~`, so the check on a form, on an imported
cell and on the column agree.
"""

import re
from typing import Final

from django.db.models import CheckConstraint, Q

_DIGIT: Final = "[0-9０-９]"
_GAP: Final = "[ -]?"
_NOT_DIGIT: Final = "[^0-9０-９]"
_MOBILE: Final = f"(^|{_NOT_DIGIT})((00|[+])?86)?{_GAP}[1１][3-9３-９]({_GAP}{_DIGIT}){{9}}({_NOT_DIGIT}|$)"
_IDENTITY: Final = f"{_DIGIT}({_GAP}{_DIGIT}){{16}}{_GAP}[0-9０-９XxＸｘ]"
PERSONAL_NUMBER: Final = f"({_MOBILE})|({_IDENTITY})"
MESSAGE: Final = "文字中有身份证号或手机号，请删去后再保存"
CODE: Final = "personal_number_refused"

_PATTERN: Final = re.compile(PERSONAL_NUMBER)


def holds_personal_number(text: str) -> bool:
    """Whether `text` has an identity-card or mainland mobile number, also spaced or in full width."""
    return _PATTERN.search(text) is not None


def refuse_personal_numbers(field: str, *, table: str) -> CheckConstraint:
    """The constraint `<table>_<field>_no_personal_number` for one free-text column."""
    return CheckConstraint(
        condition=~Q(**{f"{field}__regex": PERSONAL_NUMBER}),
        name=f"{table}_{field}_no_personal_number",
        violation_error_code=CODE,
        violation_error_message=MESSAGE,
    )
