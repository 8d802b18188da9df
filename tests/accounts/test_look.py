"""What holds for every template and style sheet: no inline code, type scale, contrast, the sprite."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from accounts.components.words import COLOURS, ICONS

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SHEETS = sorted((settings.BASE_DIR / "static" / "css").glob("*.css"))
SCRIPTS = sorted((settings.BASE_DIR / "static" / "js").glob("*.js"))
INLINE = re.compile(r"""\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=["']|javascript:|hx-on""")
TOKENS = dict(
    re.findall(
        r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", (settings.BASE_DIR / "static/css/tokens.css").read_text()
    )
)
# text on a ground, and the contrast it must have (WCAG 2.2: 4.5 for text, 3 for the edge of a control)
PAIRS = [
    *[
        ("ink", ground, 4.5)
        for ground in ("sheet", "page", "tint", "head", "accent-tint", "orange-tint", "red-tint")
    ],
    *[("ink-2", ground, 4.5) for ground in ("sheet", "page", "tint", "head", "orange-tint", "red-tint")],
    *[("ink-3", ground, 4.5) for ground in ("sheet", "page", "tint")],
    *[("accent-ink", ground, 4.5) for ground in ("sheet", "page", "head", "accent-tint", "accent-wash")],
    *[("sheet", ground, 4.5) for ground in ("accent", "accent-ink", "bar", "ink")],
    ("red", "red-tint", 4.5),
    ("red", "sheet", 4.5),
    ("orange", "orange-tint", 4.5),
    ("orange", "sheet", 4.5),
    ("green", "sheet", 4.5),
    ("ctl", "sheet", 3.0),
    ("accent", "page", 3.0),
]


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(settings.BASE_DIR).as_posix() for path in paths]


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_a_template_compiles_and_has_nothing_inline(path):
    get_template(path.relative_to(settings.BASE_DIR / "templates").as_posix())
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=names(SCRIPTS))
def test_a_script_builds_no_code_from_text(path):
    assert re.findall(r"\beval\(|new Function|innerHTML|document\.write", path.read_text()) == []


@pytest.mark.parametrize("path", SHEETS, ids=names(SHEETS))
def test_a_style_sheet_keeps_the_type_scale_and_its_own_address(path):
    text = path.read_text()
    assert set(re.findall(r"font-weight: (\w+)", text)) <= {"400", "700"}
    sizes = re.findall(r"font(?:-size)?: [^;{}]*?(?<![\d.])([\d.]+)px", text)
    assert [size for size in sizes if float(size) < 12] == []
    assert re.findall(r"https?://|@import", text) == []


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_contrast(text, ground, least):
    assert contrast(TOKENS.get(text, "#fff"), TOKENS.get(ground, "#fff")) >= least


def test_the_sprite_holds_exactly_the_drawings_that_components_know():
    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    known = {f"i-{name}" for name in ICONS} | {f"s-{css}" for css, _ in COLOURS.values()}
    assert sorted(re.findall(r'<symbol id="([\w-]+)"', sprite)) == sorted(known)


def test_our_own_sheets_and_frame_script_stay_small():
    own = [*SHEETS, settings.BASE_DIR / "static/js/shell.js", settings.BASE_DIR / "static/img/icons.svg"]
    assert sum(len(gzip.compress(path.read_bytes())) for path in own) < 25_000
