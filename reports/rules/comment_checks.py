"""发出前核对: what is wrong with a draft, all at once. Pure; docs/comments.md lists the codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from accounts.errors import Refusal
from reports.rules.comment_text import Fact, persons_named, uncited

SOURCE: Final = "点评发出前核对"
TITLE_LENGTH: Final = 80


@dataclass(frozen=True)
class Check:
    """One finding. level: error (cannot be sent), warning (sent only when accepted)."""

    code: str
    level: str
    message: str
    sentence: int | None = None
    number: str = ""

    @property
    def refusal(self) -> Refusal:
        return Refusal(
            self.code,
            self.message,
            field="text",
            source=SOURCE,
            status=409 if self.level == "warning" else 400,
        )


@dataclass(frozen=True)
class Line:
    """A sentence as the checks see it."""

    id: int
    text: str
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Change:
    """A cited figure that has moved since the draft."""

    sentence: int
    label: str
    then: str
    now: str


def checks(
    title: str,
    demand: str,
    lines: Sequence[Line],
    changes: Iterable[Change] = (),
    holders: Iterable[str] = (),
) -> list[Check]:
    """Every finding of a draft, errors first. `holders`: names of account holders, which must not be named."""
    found: list[Check] = []
    if not lines:
        found.append(Check("comment_empty", "error", "还没有一句引用了数的话。从依据中勾选，或不发"))
    if not demand.strip():
        found.append(Check("demand_required", "error", "没有写要求。写明要做什么，再发"))
    for line in lines:
        found += [_uncited(number, line.id) for number in uncited(line.text, line.facts)]
    cited = [fact for line in lines for fact in line.facts]
    found += [_uncited(number, None) for number in uncited(demand, cited)]
    text = "\n".join([title, demand, *(line.text for line in lines)])
    found += [
        Check("person_named", "error", f"写了个人姓名“{name}”。点评只对单位，删去姓名再发", number=name)
        for name in persons_named(text, holders)
    ]
    found += [
        Check(
            "figure_moved", "warning",
            f"{change.label}起草时 {change.then}，已更新为 {change.now}。改用现在的数，或确认仍按起草时的数发",
            change.sentence, change.now,
        )
        for change in changes
    ]  # fmt: skip
    return found


def _uncited(number: str, sentence: int | None) -> Check:
    where = "正文" if sentence is not None else "要求"
    return Check(
        "uncited_number",
        "error",
        f"{where}中的“{number}”没有出处。给它加引用，或删去这个数",
        sentence,
        number,
    )


def blocking(found: Iterable[Check], *, accept_moved: bool) -> list[Check]:
    """Findings that keep the comment from being sent."""
    return [check for check in found if check.level == "error" or not accept_moved]
