"""What the printer would get."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from pypdf import PdfReader

# Sides in millimetres.
FORMATS = {"A3": (297, 420), "A4": (210, 297)}


@dataclass(frozen=True)
class Paper:
    pages: int
    size: tuple[str, str]
    text: str


def pdf_of(page: Page, path: Path) -> Paper:
    """Print the page on the paper its style sheet asks for."""
    page.pdf(path=path, prefer_css_page_size=True)
    reader = PdfReader(path)
    box = reader.pages[0].mediabox
    sides = [round(float(side) / 72 * 25.4) for side in (box.width, box.height)]
    found = next((name for name, known in FORMATS.items() if tuple(sorted(sides)) == known), "other")
    way = "landscape" if sides[0] > sides[1] else "portrait"
    return Paper(len(reader.pages), (found, way), "".join(one.extract_text() for one in reader.pages))
