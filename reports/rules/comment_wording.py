"""A wording as the office reads and types it: {完成率} on the page, {share} where it is stored and in the API."""

import re
from typing import Final

from reports.rules.comment_measures import MEASURES
from reports.rules.comment_sentences import WORDS

NAMES: Final[dict[str, str]] = {name: measure.label for name, measure in MEASURES.items()} | WORDS
KEYS: Final[dict[str, str]] = {label.replace(" ", ""): name for name, label in NAMES.items()}
BRACES: Final = re.compile(r"\{([^{}]*)\}")


def shown(wording: str) -> str:
    """The stored wording with the names of figures in Chinese."""
    return BRACES.sub(lambda found: f"{{{NAMES.get(found[1], found[1])}}}", wording)


def read(typed: str) -> str:
    """What was typed, with the names of figures as they are stored; an unknown one stays for the check to name."""
    return BRACES.sub(lambda found: f"{{{KEYS.get(found[1].replace(' ', ''), found[1])}}}", typed)
