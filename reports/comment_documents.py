"""A sent comment on paper: a letter (函) or a bulletin (通报) as a .docx with its number, figures and head of the audit."""

import io
from typing import Any, Final

from django.utils import timezone
from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.run import Run

from accounts.choices import Level
from accounts.errors import Refusal
from accounts.formats import moment
from reports.choices_comments import CommentChannel, Side
from reports.models import Comment
from reports.queries.comments import ShownSentence, head_of
from reports.rules.comments import UNSENT

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PRINTED: Final = (CommentChannel.LETTER, CommentChannel.BULLETIN)
BODY, HEAD = "仿宋", "黑体"
# Type area of official documents (GB/T 9704-2012, 5.2): margins in millimetres, top, right, bottom, left.
MARGINS: Final = (37, 26, 35, 28)
SOURCE: Final = "点评文件"
FIGURES: Final = ("序号", "指标", "单位", "数据日", "数")


def has_document(comment: Comment, side: Side | None) -> bool:
    """Whether this reader may take the comment along: sent as letter or bulletin, and to or by the reader's unit."""
    return side is not None and comment.state not in UNSENT and comment.channel in PRINTED


def require_document(comment: Comment, side: Side | None) -> None:
    """Refuse with what to do instead."""
    if side is None:
        raise Refusal(
            "document_not_yours", "只有发出和收到的单位能下载，请在页面上看", source=SOURCE, status=403
        )
    if comment.state in UNSENT:
        raise Refusal("document_unsent", "草稿还没有号，发出后再下载", source=SOURCE, status=404)
    if comment.channel not in PRINTED:
        raise Refusal("document_by_phone", "电话点评没有文件，请打印页面", source=SOURCE, status=404)


def comment_document(comment: Comment, sentences: list[ShownSentence], *, audit_head: str) -> bytes:
    """The document. Figures are those cited when it was drafted; `audit_head` is the chain's as of this copy."""
    paper = Document()
    _page(paper, comment)
    office = f"{comment.area.name}换届办"
    if comment.channel == CommentChannel.BULLETIN:
        _line(paper, f"{office}通报", size=26, font=HEAD, centred=True)
    else:
        _line(paper, office, size=22, font=HEAD, centred=True)
    _line(paper, head_of(comment), centred=True)
    _line(paper, comment.title, size=20, font=HEAD, centred=True)
    below = "" if comment.recipient.level == Level.VILLAGE else "换届办"
    _line(paper, f"{comment.recipient.name}{below}：")
    for shown in sentences:
        _sentence(paper, shown)
    if comment.demand:
        _line(paper, comment.demand, indent=True)
    _line(paper, f"请于 {_day_and_time(comment)} 前回复。", indent=True)
    sent = timezone.localtime(comment.sent_at)
    for text in (office, f"{sent.year}年{sent.month}月{sent.day}日"):
        _line(paper, text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _figures(paper, comment, sentences)
    _line(paper, f"{moment(comment.sent_at)} 发出　审计链 {audit_head}", size=9)
    target = io.BytesIO()
    paper.save(target)
    return target.getvalue()


def _day_and_time(comment: Comment) -> str:
    due = timezone.localtime(comment.due_at)
    return f"{due.month}月{due.day}日 {due:%H:%M}"


def _page(paper: Paper, comment: Comment) -> None:
    """A4, type area, fonts and language; whose document it is."""
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, MARGINS)
    style: Any = paper.styles["Normal"]
    style.font.size = Pt(16)
    _set_font(style.element.get_or_add_rPr(), BODY)
    facts = paper.core_properties
    facts.title, facts.author, facts.comments = comment.title, f"{comment.area.name}换届办", ""
    facts.subject, facts.language = head_of(comment), "zh-CN"
    facts.created = facts.modified = comment.sent_at.replace(tzinfo=None)


def _set_font(properties: Any, font: str) -> None:
    """The font for Chinese and Latin alike, and Chinese as the language, so that no other is guessed."""
    fonts = properties.get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), font)
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    for name in ("w:val", "w:eastAsia"):
        language.set(qn(name), "zh-CN")


def _run(paragraph: Any, text: str, size: float, font: str) -> Run:
    run: Run = paragraph.add_run(text)
    run.font.size = Pt(size)
    _set_font(run._element.get_or_add_rPr(), font)
    return run


def _line(
    paper: Paper,
    text: str,
    *,
    size: float = 16,
    font: str = BODY,
    centred: bool = False,
    indent: bool = False,
) -> Any:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(4)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    _run(paragraph, text, size, font)
    return paragraph


def _sentence(paper: Paper, shown: ShownSentence) -> None:
    """A sentence; the numbers of its figures in the table stand raised behind it."""
    paragraph = _line(paper, shown.sentence.text, indent=True)
    numbers = [str(shown.first + place) for place in range(len(shown.sentence.facts))]
    _run(paragraph, ",".join(numbers), 16, BODY).font.superscript = True


def _figures(paper: Paper, comment: Comment, sentences: list[ShownSentence]) -> None:
    """What each cited figure is, of which unit and day."""
    _line(paper, f"依据（{comment.date.month}月{comment.date.day}日数据，起草时的数）", size=12, font=HEAD)
    rows = [
        (
            str(shown.first + place),
            fact["label"],
            fact["unit_name"],
            fact["day"],
            f"{fact['shown']} {fact['measure']}",
        )
        for shown in sentences
        for place, fact in enumerate(shown.sentence.facts)
    ]
    table = paper.add_table(rows=0, cols=len(FIGURES), style="Table Grid")
    for row in (FIGURES, *rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _run(cell.paragraphs[0], text.strip(), 10.5, HEAD if row is FIGURES else BODY)
