"""A sent comment as a file: who may take it along, and the letter (函) or bulletin (通报) as a .docx."""

import datetime
import io
from typing import Any, Final

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.run import Run

from accounts.errors import Refusal
from reports.choices_comments import CommentChannel, Side
from reports.comment_letter import FIGURES, MARGINS, Letter
from reports.models import Comment
from reports.rules.comments import UNSENT

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PRINTED: Final = (CommentChannel.LETTER, CommentChannel.BULLETIN)
BODY, HEAD, RED = "仿宋", "黑体", RGBColor(0xC8, 0x10, 0x1E)
SOURCE: Final = "点评文件"


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


def comment_document(letter: Letter, sent_at: datetime.datetime) -> bytes:
    """The .docx."""
    paper = Document()
    _page(paper, letter, sent_at)
    if letter.practice:
        _line(paper, letter.practice, font=HEAD, centred=True)
    size, font = (26, HEAD) if letter.is_bulletin else (22, HEAD)
    _line(paper, letter.head, size=size, font=font, centred=True, red=True)
    _rule_below(_line(paper, letter.number, centred=True))
    _line(paper, letter.title, size=20, font=HEAD, centred=True)
    _line(paper, letter.recipient)
    for text, numbers in letter.sentences:
        _run(_line(paper, text, indent=True), numbers, 16, BODY).font.superscript = True
    for text in filter(None, (letter.demand, letter.deadline)):
        _line(paper, text, indent=True)
    for text in (letter.office, letter.day):
        _line(paper, text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _figures(paper, letter)
    _line(paper, letter.foot, size=9)
    target = io.BytesIO()
    paper.save(target)
    return target.getvalue()


def _page(paper: Paper, letter: Letter, sent_at: datetime.datetime) -> None:
    """A4, type area, fonts and language; whose document it is."""
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = map(Mm, MARGINS)
    style: Any = paper.styles["Normal"]
    style.font.size = Pt(16)
    _set_font(style.element.get_or_add_rPr(), BODY)
    facts = paper.core_properties
    facts.title, facts.author, facts.comments = letter.title, letter.office, ""
    facts.subject, facts.language = letter.number, "zh-CN"
    facts.created = facts.modified = sent_at.replace(tzinfo=None)


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
    red: bool = False,
) -> Any:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(4)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    run = _run(paragraph, text, size, font)
    if red:
        run.font.color.rgb = RED
    return paragraph


def _rule_below(paragraph: Any) -> None:
    """The red line between the head of a document and what it says."""
    borders, rule = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", str(RED))):
        rule.set(qn(f"w:{name}"), value)
    borders.append(rule)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc", "w:rPr")
    paragraph.paragraph_format.space_after = Pt(14)


def _figures(paper: Paper, letter: Letter) -> None:
    """What each cited figure is, of which unit and day."""
    _line(paper, letter.basis, size=12, font=HEAD)
    table = paper.add_table(rows=0, cols=len(FIGURES), style="Table Grid")
    for row in (FIGURES, *letter.rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _run(cell.paragraphs[0], text, 10.5, HEAD if row is FIGURES else BODY)
