"""Search by Chinese name from one character on, by pinyin and by its initials: one index, no full scan.

A trigram index needs three characters and falls back to a full scan below, but most place-name searches have
two. So the index holds every single character and every pair of neighbours of the name, and the pairs of its
initials. Measured on 620,573 villages: two characters 0.07 ms here, 48 ms with trigrams.

Another table uses it with its own columns:

    class Meta:
        indexes = [GinIndex(search_pieces("name", "initials"), name="org_search")]

    Org.objects.filter(name_search("和平"))

ANALYZE the table after its first bulk load: without statistics of the expression the planner scans.
"""

import re
import unicodedata

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.array import ArrayContains
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

MAX_TERM = 30
# The beginning of a code: two digits or more; a functional zone's has a letter (4101Z1).
CODE = re.compile(r"[0-9]{2,}(z[0-9]?)?")

# Built-in immutable functions only: no function of ours, so that index and query need no grant to match.
_PAIRS = (
    r"string_to_array(regexp_replace(%(expressions)s, '(..)', '\1 ', 'g'), ' ')"
    r" || string_to_array(regexp_replace(substr(%(expressions)s, 2), '(..)', '\1 ', 'g'), ' ')"
)


def search_pieces(name: str = "name", initials: str = "initials") -> Func:
    """The expression to index: text[] of single characters and pairs of `name`, pairs of `initials`."""
    return Func(
        Func(F(name), template=f"string_to_array(%(expressions)s, NULL) || {_PAIRS}"),
        Func(F(initials), template=_PAIRS),
        arg_joiner=" || ",  # keywords in alphabetical order, or makemigrations sees a change each time
        template="(%(expressions)s)",
        output_field=ArrayField(TextField()),
    )


def normalise(term: str) -> str:
    """What a user typed, as names are stored: half width, no blanks, letters in lower case."""
    term = "".join(unicodedata.normalize("NFKC", term).split())[:MAX_TERM]
    return term.lower() if term.isascii() else term


def wanted_pieces(term: str) -> list[str]:
    """Pieces that every text containing `term` has: its pairs, or the one character."""
    return sorted({term[at : at + 2] for at in range(len(term) - 1)}) or [term]


def name_search(
    term: str, *, name: str = "name", initials: str = "initials", pinyin: str = "pinyin", code: str = "code"
) -> Q:
    """Rows whose name contains `term`; for letters the initials or the pinyin; for digits the code.

    An empty term finds everything.
    """
    term = normalise(term)
    if not term:
        return Q()
    if code and CODE.fullmatch(term):
        return Q(**{f"{code}__startswith": term.upper()})
    if not (term.isascii() and term.isalpha()):
        return Q(ArrayContains(search_pieces(name, initials), wanted_pieces(term))) & _holds(name, term)
    if len(term) == 1:
        return Q(**{f"{initials}__startswith": term})
    # The cheap tests first: a walk in the order of the page tries them in the order in which they stand here.
    inside = Q(**{f"{initials}__contains": term}) & Q(
        ArrayContains(search_pieces(name, initials), wanted_pieces(term))
    )
    return Q(**{f"{pinyin}__startswith": term}) | inside


def _holds(name: str, term: str) -> Q:
    """That the name contains `term`, as a position and not as LIKE: the planner takes LIKE and the pieces for two
    independent chances, finds few rows, and then sorts all the names with a common character instead of walking
    the order of the page until it is full. The position is also what a walk tests first, being the cheaper.
    """
    return Q(GreaterThan(StrIndex(F(name), Value(term)), Value(0)))
