"""What a county forwards: its lines, the townships it goes without, the digest over both."""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.errors import Refusal
from accounts.free_text import CODE, MESSAGE, holds_personal_number

SOURCE = "县级上报"
REASON_LENGTH = 100


def digest(county: str, day: datetime.date, number: int, lines: Sequence[Mapping], missing: Sequence) -> str:
    """`sha256-forward-1`: SHA-256 over one JSON line for county, day and number and one a township, by code."""
    rows: list[Any] = [{"county": county, "date": day.isoformat(), "number": number}]
    rows += sorted((dict(row) for row in (*lines, *missing)), key=lambda row: row["code"])
    text = "\n".join(
        json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows
    )
    return hashlib.sha256(text.encode()).hexdigest()


def named(missing: Sequence[tuple[str, str]], reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """The missing townships (code, name) with the county's reason for each; refuses one without a reason."""
    rows = [
        {"code": code, "name": name, "reason": str(reasons.get(code, "")).strip()} for code, name in missing
    ]
    if silent := [row["name"] for row in rows if not row["reason"]]:
        raise Refusal(
            "reason_required", f"{'、'.join(silent)}未报，逐个写明原因再上报", field="reasons", source=SOURCE
        )
    for row in rows:
        if len(row["reason"]) > REASON_LENGTH:
            raise Refusal(
                "reason_too_long",
                f"{row['name']}的原因最多 {REASON_LENGTH} 字",
                field="reasons",
                source=SOURCE,
            )
        if holds_personal_number(row["reason"]):
            raise Refusal(CODE, f"{row['name']}：{MESSAGE}", field="reasons", source=SOURCE)
    return rows


def require_complete_or_due(
    missing: Sequence[Any], *, due: datetime.datetime, now: datetime.datetime
) -> None:
    """Before the townships' cut-off nobody is missing: then only a full county is forwarded."""
    if missing and now <= due:
        raise Refusal(
            "before_cut_off",
            f"未到 {due:%H:%M} 截止，还有 {len(missing)} 个乡镇未报；到齐或过了截止再上报",
            field="date",
            source=SOURCE,
            status=409,
        )


def require_closed(still_open: Sequence[tuple[str, str]]) -> None:
    """Refuse while a township (name, state in words) may still change what is forwarded."""
    if still_open:
        listed = "、".join(f"{name}（{word}）" for name, word in still_open)
        raise Refusal(
            "townships_still_open",
            f"{listed}还没有改完；等其上报，或收回后再上报",
            field="state",
            source=SOURCE,
            status=409,
        )
