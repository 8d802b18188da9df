"""Small pieces of SQL text used by the import checks. Only declared names and constants go through here."""

from __future__ import annotations

from dataclasses import dataclass

SPACE_CHARACTERS = " \t\n\r\v\f\u00a0\u3000\u200b\u200c\u200d\ufeff\u2003\u2002"
FULL_WIDTH = "０１２３４５６７８９－—−．／Ｘｘ，,　 \u00a0\t\r\n"
HALF_WIDTH = "0123456789---./Xx"


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | int | bool | None) -> str:
    """A constant; text is quoted with standard_conforming_strings."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def trimmed(expression: str) -> str:
    """Text without surrounding white space of any kind; NULL when nothing is left."""
    return f"nullif(btrim({expression}, {literal(SPACE_CHARACTERS)}), '')"


def half_width(expression: str) -> str:
    """Digits and signs typed in full width as plain ones, without thousands separators and spaces."""
    return (
        f"CASE WHEN {expression} ~ '^[0-9]+$' THEN {expression} "
        f"ELSE translate({expression}, {literal(FULL_WIDTH)}, {literal(HALF_WIDTH)}) END"
    )


@dataclass(frozen=True)
class Cell:
    """SQL names of one cell's parts: `lead` (its first letter: m merged, F formula), `tag` (type letter), `text`
    (trimmed and normalised, NULL when empty), `parsed` (what the field's `parsed` made of it). `is_there` is False
    when the sheet has no such column.
    """

    lead: str = "NULL::text"
    tag: str = "NULL::text"
    text: str = "NULL::text"
    parsed: str = "NULL"
    is_there: bool = False

    @classmethod
    def of(cls, col: int, key: str) -> Cell:
        """Cell of sheet column `col`, read as declared column `key`, in the query of `cell_columns`."""
        return cls(f"c.l{col}", f"c.t{col}", f"c.v{col}", f"c.{name('p_' + key)}", True)


def cell_columns(col: int) -> str:
    """SELECT list that splits column `col` into its parts, each computed once a row."""
    bare = f"CASE WHEN left(c{col}, 1) IN ('m', 'F') THEN ltrim(c{col}, 'mF') ELSE c{col} END"
    trimmed_text = trimmed(f"normalize(substr({bare}, 2), NFC)")
    return (
        f"left(c{col}, 1) AS l{col}, left({bare}, 1) AS t{col}, "
        f"CASE left({bare}, 1) WHEN 'w' THEN {trimmed_text} ELSE nullif(substr({bare}, 2), '') END AS v{col}"
    )


def problem(field: str, code: str, detail: str = "''") -> str:
    """One entry of a row's problem list: `field|code|detail` (`detail` is an SQL expression)."""
    return f"{literal(field + '|' + code + '|')} || {detail}"


def village_key(expression: str) -> str:
    """A unit's name as it is compared: 和平村委会, 和平村村民委员会 and 和平村 are one, 和平社区 is another."""
    plain = expression
    for sign in (" ", "\u3000", "（", "）"):
        plain = f"replace({plain}, {literal(sign)}, '')"
    village = f"regexp_replace({plain}, '村?(民委员会|委会|村民委员会|村委会)$', '村')"
    community = f"regexp_replace({plain}, '(社区)?(社区居民委员会|社区居委会|居民委员会|居委会)$', '社区')"
    return (
        f"CASE WHEN {plain} NOT LIKE '%会' THEN {plain} "
        f"WHEN {plain} LIKE '%居%会' THEN {community} ELSE {village} END"
    )
