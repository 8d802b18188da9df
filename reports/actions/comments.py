"""What the sender's officer does with a draft: edit, merge, skip, take up again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from accounts import audit, free_text
from accounts.errors import Refusal
from reports import audit_types
from reports.choices_comments import CommentMove, CommentState, Side
from reports.models import Comment, CommentNote, CommentSentence
from reports.queries.clock import database_now
from reports.queries.comment_facts import NOTE, fact_of, note_fact, units_now, value_now
from reports.rules.comment_measures import MEASURES, UnitDay, measured
from reports.rules.comment_text import Fact, pieces, unused, with_new_figure
from reports.rules.comments import answering_office, next_state, side_of

if TYPE_CHECKING:
    from accounts.scope import Scope

SENTENCES_AT_MOST = 30


@dataclass(frozen=True)
class Edited:
    """One sentence as the officer leaves it; `cite`: further facts as what:key or note:id; `join`: to the one before."""

    id: int
    text: str
    cite: Sequence[str] = ()
    join: bool = False


@dataclass(frozen=True)
class Draft:
    """The whole draft as the officer leaves it. Sentences that are not listed are taken out; `cite` makes a new one."""

    title: str
    demand: str
    channel: str
    sentences: Sequence[Edited]
    cite: Sequence[str] = field(default_factory=tuple)


class StaleComment(Refusal):
    """Somebody changed the comment meanwhile; the screen shows both texts."""

    def __init__(self, comment: Comment) -> None:
        super().__init__(
            "comment_changed",
            f"这件点评刚被改过（第 {comment.version} 版）。下面是两边的文字，核对后重新保存",
            field="version",
            source="点评",
            status=409,
        )
        self.comment = comment


def require_side(comment: Comment, by: "Scope", side: Side) -> None:
    """Only the sender's own office, or the office that answers for the recipient, moves a comment."""
    wanted = answering_office(comment.recipient) if side is Side.RECIPIENT else comment.area_id
    if by.area is None or by.area.pk != wanted:
        raise PermissionDenied


def locked(pk: int, move: str, *, by: "Scope", version: int | None = None) -> tuple[Comment, CommentState]:
    """The comment, locked, and its state after `move`; 404 outside the scope, 403 for the other side, 409 when stale."""
    rows = Comment.objects.visible_to(by).select_related("area", "recipient", "round")
    seen = rows.filter(pk=pk).first()
    if seen is None:
        raise Http404
    require_side(seen, by, side_of(move))
    comment = rows.select_for_update(of=("self",)).get(pk=pk)
    following = next_state(comment.state, move)
    if version is not None and version != comment.version:
        raise StaleComment(comment)
    return comment, following


def save_course(comment: Comment, state: str, *fields: str) -> None:
    """Write a comment's new state, its next version and the named fields."""
    comment.state = state
    comment.version += 1
    comment.save(update_fields=["state", "version", "updated_at", *fields])


def checked(row: Any, *exclude: str) -> None:
    """Shape and constraints of a row, those that need its unit's path left to the database."""
    row.clean_fields(exclude=["area", "recipient", "round", "unit_path", "recipient_path", *exclude])
    row.validate_constraints(exclude=["unit_path", "recipient_path", "area", "recipient", "round", *exclude])


def checked_sentence(sentence: CommentSentence) -> None:
    """Length, emptiness and personal numbers of a sentence; the database repeats them."""
    if free_text.holds_personal_number(sentence.text):
        raise Refusal(free_text.CODE, free_text.MESSAGE, field="sentences", source="点评语句")
    sentence.clean_fields(exclude=["comment", "area", "unit_path", "drafted", "rule", "rule_version"])


@transaction.atomic
def edit_comment(pk: int, draft: Draft, *, version: int, by: "Scope") -> Comment:
    """Keep the officer's text. Each sentence keeps the figures it still shows; one without any is refused."""
    comment, state = locked(pk, CommentMove.EDIT, by=by, version=version)
    there = {sentence.pk: sentence for sentence in comment.sentences.all()}
    if any(edited.id not in there for edited in draft.sentences):
        raise StaleComment(comment)
    source = Citable(
        comment, by, [name for edited in draft.sentences for name in edited.cite] + list(draft.cite)
    )
    kept = _edited(draft.sentences, there, source)
    if draft.cite:
        kept.append(_new_sentence(comment, draft.cite, source))
    if len(kept) > SENTENCES_AT_MOST:
        raise Refusal(
            "too_many_sentences", f"一件点评最多 {SENTENCES_AT_MOST} 句，合并或删去几句", field="sentences"
        )
    before = {"title": comment.title, "sentences": len(there)}
    comment.title, comment.demand, comment.channel = draft.title.strip(), draft.demand.strip(), draft.channel
    checked(comment, "comment_round", "sent_by", "escalated_to", "merged_into")
    for place, sentence in enumerate(kept, start=1):
        sentence.position = place
        checked_sentence(sentence)
    audit.act(
        by, audit_types.COMMENT_EDITED, comment, before=before,
        after={"title": comment.title, "sentences": len(kept), "version": version + 1},
    )  # fmt: skip
    comment.sentences.exclude(pk__in=[sentence.pk for sentence in kept if sentence.pk]).delete()
    CommentSentence.objects.bulk_update(
        [sentence for sentence in kept if sentence.pk], ["text", "facts", "position"]
    )
    CommentSentence.objects.bulk_create([sentence for sentence in kept if not sentence.pk])
    save_course(comment, state, "title", "demand", "channel")
    return comment


class Citable:
    """Facts that may be cited in a comment: of its unit and day as they are now, and notes of its sender."""

    def __init__(self, comment: Comment, by: "Scope", names: Sequence[str]) -> None:
        self.names = names
        self.unit: UnitDay | None = None
        notes = [
            int(key)
            for what, _, key in (name.partition(":") for name in names)
            if what == NOTE and key.isdigit()
        ]
        if any(not name.startswith(f"{NOTE}:") for name in names):
            keys = [name.partition(":")[2] for name in names]
            units = units_now([comment], database_now(), keys)
            self.unit = units.get((comment.recipient_id, comment.date))
        rows = (
            CommentNote.objects.visible_to(by).filter(pk__in=notes, area_id=comment.area_id) if notes else []
        )
        self.notes = {str(note.pk): note for note in (rows.select_related("area", "about") if notes else [])}

    def fact(self, name: str) -> Fact:
        """The fact called what:key or note:id; refused when there is none."""
        what, _, key = name.partition(":")
        if what == NOTE and key in self.notes:
            return note_fact(self.notes[key])
        value = measured(self.unit, what, key) if self.unit is not None and what in MEASURES else None
        if self.unit is None or value is None:
            raise Refusal("fact_unknown", "要引用的数找不到，重新打开再勾选", field="cite", source="点评依据")
        return fact_of(self.unit, what, key, value)

    def text(self, name: str, fact: Fact) -> str:
        """Words for a fact that is cited by itself."""
        what, _, key = name.partition(":")
        if what == NOTE:
            return self.notes[key].text
        return f"{fact['label']} {fact['shown']}{fact['measure'] if fact['measure'] == '%' else ' ' + fact['measure']}"


def _edited(
    edits: Sequence[Edited], there: dict[int, CommentSentence], source: Citable
) -> list[CommentSentence]:
    kept: list[CommentSentence] = []
    for edited in edits:
        sentence = there[edited.id]
        facts = [*sentence.facts, *(source.fact(name) for name in edited.cite)]
        if edited.join and kept:
            kept[-1].text += edited.text.strip()
            kept[-1].facts = pruned(kept[-1].text, [*kept[-1].facts, *facts])
            continue
        sentence.text = edited.text.strip()
        sentence.facts = pruned(sentence.text, facts)
        kept.append(sentence)
    return kept


def pruned(text: str, facts: Sequence[Fact]) -> list[Fact]:
    """Facts that the text still shows; refused when it shows none."""
    left_out = set(unused(text, facts))
    shown = [fact for place, fact in enumerate(facts) if place not in left_out]
    if not shown:
        raise Refusal(
            "sentence_without_figure",
            f"“{text[:30]}”没有引用数。每句都要有数：从依据中勾选，或删去这句",
            field="sentences",
            source="点评语句",
        )
    return shown


def _new_sentence(comment: Comment, names: Iterable[str], source: Citable) -> CommentSentence:
    facts = [(name, source.fact(name)) for name in names]
    text = "，".join(source.text(name, fact).rstrip("。") for name, fact in facts) + "。"
    if not any(piece.fact is not None for piece in pieces(text, [fact for _, fact in facts])):
        text = (
            "，".join(f"{source.text(n, f).rstrip('。')}（{f['shown']} {f['measure']}）" for n, f in facts)
            + "。"
        )
    return CommentSentence(
        comment=comment, area_id=comment.area_id, text=text, drafted="", facts=[fact for _, fact in facts]
    )


@transaction.atomic
def refresh_figures(pk: int, *, version: int, by: "Scope") -> Comment:
    """改用现在的数: every cited figure that has moved is replaced in its sentence and in its fact."""
    comment, state = locked(pk, CommentMove.EDIT, by=by, version=version)
    sentences = list(comment.sentences.all())
    keys = [fact["key"] for sentence in sentences for fact in sentence.facts]
    unit = units_now([comment], database_now(), keys).get((comment.recipient_id, comment.date))
    changed = 0
    for sentence in sentences:
        for place, fact in enumerate(sentence.facts):
            now = value_now(unit, fact)
            if unit is not None and now is not None and now != fact["value"]:
                renewed = fact_of(unit, fact["what"], fact["key"], now)
                sentence.text = with_new_figure(sentence.text, sentence.facts, place, renewed["shown"])
                sentence.facts[place] = renewed
                changed += 1
    audit.act(by, audit_types.COMMENT_EDITED, comment, after={"renewed": changed})
    CommentSentence.objects.bulk_update(sentences, ["text", "facts"])
    save_course(comment, state)
    return comment


@transaction.atomic
def restore_wording(pk: int, *, version: int, by: "Scope") -> Comment:
    """恢复原稿: every drafted sentence as its rule worded it."""
    comment, state = locked(pk, CommentMove.EDIT, by=by, version=version)
    sentences = [sentence for sentence in comment.sentences.all() if sentence.drafted]
    for sentence in sentences:
        if set(unused(sentence.drafted, sentence.facts)) != set(range(len(sentence.facts))):
            sentence.text = sentence.drafted
    audit.act(by, audit_types.COMMENT_EDITED, comment, after={"restored": len(sentences)})
    CommentSentence.objects.bulk_update(sentences, ["text"])
    save_course(comment, state)
    return comment


@transaction.atomic
def skip_comment(pk: int, *, reason: str, by: "Scope", version: int | None = None) -> Comment:
    """不发, with the reason."""
    comment, state = locked(pk, CommentMove.SKIP, by=by, version=version)
    comment.skip_reason = reason.strip()
    if not comment.skip_reason:
        raise Refusal("reason_required", "不发要写明理由", field="reason", source="点评流程")
    checked_reason(comment)
    audit.act(by, audit_types.COMMENT_SKIPPED, comment, reason=comment.skip_reason)
    save_course(comment, state, "skip_reason")
    return comment


def checked_reason(comment: Comment) -> None:
    """Length and personal numbers of the reason."""
    comment._meta.get_field("skip_reason").clean(comment.skip_reason, comment)
    checked(comment, "comment_round", "sent_by", "escalated_to", "merged_into", "state")


@transaction.atomic
def restore_comment(pk: int, *, by: "Scope", version: int | None = None) -> Comment:
    """Take up again what was skipped; what was merged stays where it went."""
    comment, state = locked(pk, CommentMove.RESTORE, by=by, version=version)
    if comment.merged_into_id:
        raise Refusal(
            "comment_merged", "已并入另一件，到那一件里改", field="state", source="点评流程", status=409
        )
    audit.act(by, audit_types.COMMENT_RESTORED, comment)
    comment.skip_reason = ""
    save_course(comment, state, "skip_reason")
    return comment


@transaction.atomic
def merge_comments(pk: int, other: int, *, by: "Scope", version: int | None = None) -> Comment:
    """Move every sentence of the draft `other` to the end of the draft `pk`; both go to the same unit."""
    if pk == other:
        raise Refusal("merge_with_itself", "选另一件草稿来合并", field="other", source="点评")
    pair = {}
    for number, move, stale in sorted(
        [(pk, CommentMove.EDIT, version), (other, CommentMove.SKIP, None)], key=lambda one: one[0]
    ):
        pair[number] = locked(number, move, by=by, version=stale)
    (comment, state), (source, skipped) = pair[pk], pair[other]
    if comment.recipient_id != source.recipient_id:
        raise Refusal("merge_other_unit", "只能合并给同一个单位的点评", field="other", source="点评")
    reason = f"并入“{comment.title}”"[:200]
    audit.act(by, audit_types.COMMENTS_MERGED, comment, after={"from": source.pk}, reason=reason)
    start = comment.sentences.count()
    for place, sentence in enumerate(source.sentences.all(), start=start + 1):
        CommentSentence.objects.filter(pk=sentence.pk).update(comment=comment, position=place)
    source.skip_reason, source.merged_into = reason, comment
    save_course(source, skipped, "skip_reason", "merged_into")
    save_course(comment, state)
    return comment
