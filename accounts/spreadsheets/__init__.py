"""Excel in, Excel out: one import and one export engine behind import-export resources.

Declare a sheet as a SheetResource, register it with `register_resource`; docs/spreadsheets.md has an example.
"""

from accounts.spreadsheets.fields import (
    AreaField,
    BoolField,
    ChoiceField,
    CodeField,
    DateField,
    IntField,
    SheetField,
    TenthsField,
    TextField,
)
from accounts.spreadsheets.registry import register_resource
from accounts.spreadsheets.resources import SheetResource

__all__ = [
    "AreaField",
    "BoolField",
    "ChoiceField",
    "CodeField",
    "DateField",
    "IntField",
    "SheetField",
    "SheetResource",
    "TenthsField",
    "TextField",
    "register_resource",
]
