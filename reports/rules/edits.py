"""What one change of one cell does to a village's draft. Pure: the draft is a plain value."""

import datetime
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from accounts.free_text import holds_personal_number
from accounts.metrics import Metric
from reports.rules.words import NOT_A_DAY, NOT_INTEGER, Value, read_cell, write_cell

if TYPE_CHECKING:
    from reports.models import DailyDraft

NOTE = "note"
REASON = "reason:"
# The rule and the cell that a reason answers for; nothing else may become a key of the stored reasons.
REASON_KEY = re.compile(r"reason:DR-\d{3}:[a-z0-9_]{1,40}")
NOTE_LENGTH = 200
REFUSED = {
    NOT_INTEGER: "“{text}”不是整数",
    NOT_A_DAY: "“{text}”不是日期",
    "DR-002": "{text} 超过上限",
    "DR-096": "不是本乡镇的村(社区)",
    "DR-097": "没有这个填报项",
    "DR-098": f"超过 {NOTE_LENGTH} 字",
    "DR-099": "文字里有身份证号或手机号",
}
LARGEST = 9_999_999


class Edit(NamedTuple):
    """One cell as somebody typed it, and the number of the change they had seen there."""

    village: str
    key: str
    text: str
    base: int = 0


@dataclass
class Outcome:
    """What became of the edits of one save: kept, refused with a sentence, or in conflict with both texts."""

    saved: list[dict[str, object]] = field(default_factory=list)
    refused: list[dict[str, object]] = field(default_factory=list)
    conflicts: list[dict[str, object]] = field(default_factory=list)

    def refuse(self, edit: Edit, code: str) -> None:
        """Note an edit that cannot be kept, with the sentence the user reads."""
        message = REFUSED.get(code, "{text}").format(text=edit.text[:20])
        self.refused.append(
            {"village": edit.village, "key": edit.key, "text": edit.text, "code": code, "message": message}
        )


def text_of(draft: "DailyDraft", key: str) -> str:
    """The text of a cell as it stands in the draft."""
    if key == NOTE:
        return draft.note
    if key.startswith(REASON):
        return draft.reasons.get(key.removeprefix(REASON), "")
    return write_cell(draft.values.get(key), draft.marks.get(key, ""))


def stamp_of(draft: "DailyDraft", key: str) -> int:
    """Number of the last change of a cell; 0 when nobody has changed it."""
    return draft.stamps.get(key, [0, ""])[0]


def apply(
    draft: "DailyDraft",
    edit: Edit,
    metric: Metric | None,
    *,
    by: str,
    day: datetime.date,
    starts_on: datetime.date,
    outcome: Outcome,
) -> bool:
    """Put one edit into the draft in memory and note its outcome; True when the draft changed."""
    where: dict[str, object] = {"village": edit.village, "key": edit.key}
    new = _read(edit, metric, day, starts_on)
    if isinstance(new, str):
        outcome.refuse(edit, new)
        return False
    current = _current(draft, edit.key)
    stamp = stamp_of(draft, edit.key)
    if stamp != edit.base and new != current:
        outcome.conflicts.append(
            {
                **where,
                "yours": edit.text,
                "theirs": text_of(draft, edit.key),
                "by": draft.stamps[edit.key][1] if edit.key in draft.stamps else "",
                "stamp": stamp,
            }
        )
        return False
    confirmed = edit.key in draft.carried
    if new != current or confirmed:
        _put(draft, edit.key, new)
        stamp += 1
        draft.stamps[edit.key] = [stamp, by]
    outcome.saved.append({**where, "text": text_of(draft, edit.key), "stamp": stamp})
    return new != current or confirmed


def _read(
    edit: Edit, metric: Metric | None, day: datetime.date, starts_on: datetime.date
) -> tuple[Value, str] | str:
    """(value, mark) of the typed text, or the code of what is wrong with it."""
    if edit.key == NOTE or REASON_KEY.fullmatch(edit.key):
        text = edit.text.strip()
        if holds_personal_number(text):
            return "DR-099"
        return "DR-098" if len(text) > NOTE_LENGTH else (text, "")
    if metric is None:
        return "DR-097"
    cell = read_cell(edit.text, metric.nature, day, starts_on)
    if isinstance(cell.value, int) and abs(cell.value) > LARGEST:
        return "DR-002"
    return cell.error or (cell.value, cell.mark)


def _current(draft: "DailyDraft", key: str) -> tuple[Value, str]:
    if key == NOTE or key.startswith(REASON):
        return text_of(draft, key), ""
    return draft.values.get(key), draft.marks.get(key, "")


def _put(draft: "DailyDraft", key: str, new: tuple[Value, str]) -> None:
    value, mark = new
    if key == NOTE:
        draft.note = str(value)
        return
    if key.startswith(REASON):
        _set(draft.reasons, key.removeprefix(REASON), value)
        return
    _set(draft.values, key, value)
    _set(draft.marks, key, mark)
    if key in draft.carried:
        draft.carried.remove(key)


def _set(mapping: dict[str, object], key: str, value: object) -> None:
    if value in (None, ""):
        mapping.pop(key, None)
    else:
        mapping[key] = value
