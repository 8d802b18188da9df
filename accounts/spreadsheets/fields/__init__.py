"""Columns of an import sheet, declared on a SheetResource.

Each is an import-export Field: heading, attribute and widget work as there. What is added is how the column
is checked and typed in one SQL statement: `parsed`, `problems` and `typed` return SQL over the parts of a cell
(`sqltext.Cell`; letters: `sandbox/cx_cells.py`). `parsed` is computed once a row, the others refer to it.
"""

from accounts.spreadsheets.fields.areas import AreaField
from accounts.spreadsheets.fields.base import SheetField
from accounts.spreadsheets.fields.choices import BoolField, ChoiceField
from accounts.spreadsheets.fields.days import DateField
from accounts.spreadsheets.fields.figures import IntField, TenthsField
from accounts.spreadsheets.fields.texts import CodeField, TextField

__all__ = [
    "AreaField",
    "BoolField",
    "ChoiceField",
    "CodeField",
    "DateField",
    "IntField",
    "SheetField",
    "TenthsField",
    "TextField",
]
