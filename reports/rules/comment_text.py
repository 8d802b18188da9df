"""The text of a comment and its figures: which number is cited, which is not, and what must not stand there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.rules.words import fold

Fact = dict[str, Any]

# A number, with its thousands separators and decimals.
_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
# Written out, of two signs or more and followed by what is counted: 五十八个.
_DIGITS: Final = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS: Final = {"十": 10, "百": 100, "千": 1000}
_IN_WORDS: Final = r"[零一二三四五六七八九两十百千]{2,}(?= ?(?:个|件|份|人|处|名|户|场|位|天|%|％))"
# What looks like a number and is none: days, times, years, ordinals of documents and steps, telephone extensions.
_NOT_A_FIGURE: Final = re.compile(
    r"\d{4} ?年(?: ?\d{1,2} ?月(?: ?\d{1,2} ?日)?)?|\d{1,2} ?月(?: ?\d{1,2} ?日)?|\d{1,2} ?日(?!报)|\d{4}-\d{1,2}-\d{1,2}"
    r"|\d{2}-\d{2}(?! ?[个件份人处名户场位天%％])|\d{1,2}[:：]\d{2}|\d{1,2} ?(?:点|时)(?: ?\d{1,2} ?分)?(?:前|整|起)"
    r"|第 ?\d+ ?(?:号|步|条|轮|届|次|期|环节)|〔\d{4}〕\d*号?|[A-Z]+-[A-Z]*-?\d+"
)
_TOKEN: Final = re.compile(rf"(?P<skip>{_NOT_A_FIGURE.pattern})|(?P<number>{_NUMBER}|{_IN_WORDS})")

SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁"
    "邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
    "邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_TITLED: Final = re.compile(rf"[{SURNAMES}][一-龥]{{1,2}}(?:同志|先生|女士)")


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence: plain, or a number with the fact it cites (`fact` None: cited nowhere)."""

    text: str
    is_number: bool = False
    fact: int | None = None


def pieces(text: str, facts: Sequence[Fact]) -> list[Piece]:
    """A sentence cut at its numbers. Each number takes the first fact that shows it and is not yet taken."""
    found: list[Piece] = []
    taken: set[int] = set()
    start = 0
    # Full-width figures fold one sign to one sign, so that places stay the same.
    folded = "".join(fold(sign) or sign for sign in text)
    for match in _TOKEN.finditer(folded):
        if match["number"] is None:
            continue
        if match.start() > start:
            found.append(Piece(text[start : match.start()]))
        number = match["number"]
        shows = [n for n, fact in enumerate(facts) if same_number(number, str(fact["shown"]))]
        fact = next((n for n in shows if n not in taken), shows[0] if shows else None)
        if fact is not None:
            taken.add(fact)
        found.append(Piece(text[match.start() : match.end()], True, fact))
        start = match.end()
    if start < len(text):
        found.append(Piece(text[start:]))
    return found


def same_number(written: str, shown: str) -> bool:
    """Whether a number in a text is the figure shown: separators aside, 83.0 is 83."""

    def plain(number: str) -> str:
        if number[0] in _DIGITS or number[0] in _TENS:
            return str(in_figures(number))
        bare = number.replace(",", "").replace("−", "").lstrip("-")
        return bare.rstrip("0").rstrip(".") if "." in bare else bare

    return plain(written) == plain(shown)


def in_figures(words: str) -> int:
    """五十八 → 58, 一百零三 → 103, 十六 → 16."""
    total = digit = 0
    for sign in words:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total, digit = total + (digit or 1) * _TENS[sign], 0
    return total + digit


def uncited(text: str, facts: Sequence[Fact]) -> list[str]:
    """Numbers of a text that no fact shows, in order."""
    return [piece.text for piece in pieces(text, facts) if piece.is_number and piece.fact is None]


def unused(text: str, facts: Sequence[Fact]) -> list[int]:
    """Places of facts that no number of the text shows any more."""
    shown = {piece.fact for piece in pieces(text, facts)}
    return [place for place in range(len(facts)) if place not in shown]


def with_new_figure(text: str, facts: Sequence[Fact], place: int, shown: str) -> str:
    """The text with the figure of one fact replaced by what it is now."""
    return "".join(shown if piece.fact == place else piece.text for piece in pieces(text, facts))


def persons_named(text: str, holders: Iterable[str] = ()) -> list[str]:
    """Names of persons: those of account holders, and a surname with 同志, 先生, 女士."""
    named = [name for name in holders if len(name) > 1 and name in text]
    return list(dict.fromkeys([*named, *(match[0] for match in _TITLED.finditer(text))]))
