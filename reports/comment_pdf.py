"""A letter or bulletin as a PDF: the same words and number as the .docx, set for A4."""

import datetime
from typing import Final

from accounts.pdf import make_pdf
from reports.comment_letter import FIGURES, Letter

TEMPLATE: Final = "reports/comments/paper.html"
STYLE: Final = "css/paper.css"


def comment_pdf(letter: Letter, sent_at: datetime.datetime) -> bytes:
    """The PDF; refused with `pdf_unavailable` on a machine that cannot set type."""
    return make_pdf(TEMPLATE, STYLE, {"letter": letter, "columns": FIGURES, "sent_at": sent_at})
