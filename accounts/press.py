"""The press: HTML and CSS in, PDF out, in a process of its own (accounts/pdf.py starts it).

    python -m accounts.press < {"html": …, "css": …}   # the PDF on stdout; exit code 3: stderr names what is missing

WeasyPrint sets type with Pango, which takes half a gigabyte with Chinese fonts and ends the whole process where no font is
installed: neither may happen to a worker. So both are looked for first, and the memory goes with the process.
"""

import ctypes
import importlib.util
import json
import sys
from contextlib import suppress
from typing import Any, Final

LACKING: Final = 3
# Libraries as WeasyPrint loads them, and whose they are; the packages stand in docs/operations.md.
LIBRARIES: Final = {
    "pango-1.0.so.0": "Pango",
    "pangoft2-1.0.so.0": "Pango",
    "harfbuzz-subset.so.0": "HarfBuzz",
    "fontconfig.so.1": "fontconfig",
}
CHINESE: Final = b":lang=zh-cn"


def missing() -> str:
    """What this machine lacks to make a PDF, in words ('' = nothing)."""
    if importlib.util.find_spec("weasyprint") is None:
        return "WeasyPrint"
    for library, name in LIBRARIES.items():
        if load(library) is None:
            return name
    return "" if has_chinese_font() else "中文字库"


def load(name: str) -> ctypes.CDLL | None:
    """The library, by its name on Linux, else on macOS."""
    stem, _, number = name.partition(".so.")
    for file in (f"lib{name}", f"lib{stem}.{number}.dylib"):
        with suppress(OSError):
            return ctypes.CDLL(file)
    return None


class FontSet(ctypes.Structure):
    """FcFontSet of fontconfig."""

    _fields_ = [("count", ctypes.c_int), ("size", ctypes.c_int), ("fonts", ctypes.c_void_p)]


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font that writes simplified Chinese."""
    library: Any = load("fontconfig.so.1")
    library.FcNameParse.restype = library.FcObjectSetCreate.restype = ctypes.c_void_p
    library.FcFontList.restype = ctypes.POINTER(FontSet)
    library.FcFontList.argtypes = [ctypes.c_void_p] * 3
    found = library.FcFontList(None, library.FcNameParse(CHINESE), library.FcObjectSetCreate())
    return bool(found) and found.contents.count > 0


def set_type(html: str, css: str) -> bytes:
    """The PDF. A page that is printed fetches nothing, neither from the network nor from the disk."""
    from weasyprint import CSS, HTML  # noqa: PLC0415 - optional
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    page = HTML(string=html, url_fetcher=nothing)
    return page.write_pdf(stylesheets=[CSS(string=css, url_fetcher=nothing)])


def main() -> int:
    if lacking := missing():
        sys.stderr.write(lacking)
        return LACKING
    order = json.load(sys.stdin)
    sys.stdout.buffer.write(set_type(order["html"], order["css"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
