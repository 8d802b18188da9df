"""SheetResource: the declaration of a sheet (an import-export resource) joined to our own engines."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from django.db import connections
from import_export.resources import ModelDeclarativeMetaclass, ModelResource

from accounts.spreadsheets.fields import AreaField, IntField, SheetField, TextField
from accounts.spreadsheets.headings import Wanted


class SheetMetaclass(ModelDeclarativeMetaclass):
    """Only declared columns, in the order of declaration, and sized by the model's own columns."""

    def __new__(cls, name: str, bases: tuple, attrs: dict) -> type:
        own = [(key, value) for key, value in attrs.items() if isinstance(value, SheetField)]
        inherited = [item for base in reversed(bases) for item in getattr(base, "sheet_fields", {}).items()]
        declared = OrderedDict([*inherited, *own])
        made = super().__new__(cls, name, bases, attrs)
        made.sheet_fields = declared
        made.fields = OrderedDict(declared)
        if made._meta.model:
            _fit_to_model(declared.values(), made._meta.model)
        return made


def _fit_to_model(columns: Iterable[SheetField], model: Any) -> None:
    operations = connections["default"].ops
    for column in columns:
        if not column.stored:
            continue
        model_field = model._meta.get_field(column.attribute)
        if isinstance(column, IntField):
            low, high = operations.integer_field_range(model_field.get_internal_type())
            column.min, column.max = max(column.min, low), min(column.max, high)
        if isinstance(column, TextField):
            column.null = model_field.null
            if model_field.max_length:
                column.max_length = min(column.max_length, model_field.max_length)


class SheetResource(ModelResource, metaclass=SheetMetaclass):
    """Declare columns as SheetField attributes and `Meta.model`, `Meta.import_id_fields`.

    label         what users call the sheet (村(社区)底册)
    row_word, template_note  what a line is of; what the template brings
    audit_type    registered audit type under which a confirmed import is written
    update_only   True when unknown keys are refused instead of inserted
    version_field   model field that counts changes; one is added to it at every update
    allow_formulas  True when the last computed value of a formula may be used anywhere
    title, unit, preparer_line  head of the exported sheet and of the template
    existing      table that rows are compared with instead of the model's, made in `prepare`: it has every column of
                  the sheet, the model's key, and `version`
    personal      True when the sheet names people: its import and its export ask for step-up, which the
                  register of exports says
    list_filters  parameters of the list's URL that its export obeys (see `export_rows`)
    """

    label = "表"
    row_word = "村(社区)"
    template_note = "表头和本单位的村(社区)已填好"
    audit_type = ""
    update_only = False
    version_field = ""
    allow_formulas = False
    title = ""
    unit = ""
    notes: tuple[str, ...] = ()
    existing = ""
    personal = False
    list_filters: tuple[str, ...] = ()

    def constants(self, scope: Any) -> dict[str, Any]:
        """Values of model fields that are not in the sheet (the round, say), by field name."""
        return {}

    def export_queryset(self, scope: Any) -> Any:
        """Rows of the export, visible to `scope`, in the order of the sheet."""
        return self._meta.model._default_manager.visible_to(scope)

    def export_rows(self, scope: Any, query: Mapping[str, str]) -> tuple[Any, tuple[str, ...]]:
        """Rows of the list that `query` shows (only `list_filters` reach it), and the notes that say which."""
        return self.export_queryset(scope), ()

    def export_lines(self, rows: Any) -> Iterable[list[Any]]:
        """The lines of the export; by default straight from the database."""
        from accounts.spreadsheets.exporting import rows_of  # noqa: PLC0415 - it imports resources

        return rows_of(self, rows)

    def wanted(self) -> list[Wanted]:
        """The headings looked for in an uploaded sheet."""
        return [w for key, field in self.sheet_fields.items() for w in field.wanted(key)]

    def area_fields(self) -> list[tuple[str, AreaField]]:
        return [(key, field) for key, field in self.sheet_fields.items() if isinstance(field, AreaField)]

    def prepare(self, cursor: Any, scope: Any) -> None:
        """Before the rows are loaded: whatever the checks compare with."""

    def judge(self, cursor: Any, scope: Any) -> None:
        """After the rows are loaded: add to `problems` of `cx_rows` what only this sheet's rules know."""

    def remarks(self, cursor: Any, scope: Any) -> list[tuple[int, int, str]]:
        """What the preview says of a row that would be written: (sheet, row from 1, remark); nothing by default."""
        return []

    def write_rows(self, cursor: Any, target: Any, *, scope: Any, report: Any) -> tuple[int, int]:
        """Write the new and changed rows of `cx_checked`; returns (inserted, updated). By default one statement."""
        from accounts.spreadsheets.classify import write_rows  # noqa: PLC0415 - it imports resources

        return write_rows(cursor, target)

    def handout(self) -> Iterable[bytes]:
        """A workbook for the one who wrote, to be fetched once (first passwords); nothing by default."""
        return ()

    def sql_type(self, column: SheetField) -> str:
        """Plain SQL type of a declared column."""
        from accounts.spreadsheets.staging import column_type  # noqa: PLC0415 - it imports resources

        if not column.stored:
            return column.sql_type
        return column_type(self._meta.model._meta.get_field(column.attribute), connections["default"])

    def column(self, field_name: str) -> str:
        """Database column of a model field; a column that is not stored has the name of its attribute."""
        if any(not field.stored and field.attribute == field_name for field in self.sheet_fields.values()):
            return field_name
        return self._meta.model._meta.get_field(field_name).column

    def import_data(self, dataset: Any, dry_run: bool = False, **options: Any) -> Any:
        """Import a workbook: one pass from file to rows, all or nothing.

        `dataset` is a path or a binary file (not a tablib dataset); `scope` is required in the options.
        Returns a SheetResult (totals as import-export counts them; `.preview` has problems and samples).
        Raises FileRefused for a file that cannot be taken at all.
        """
        from accounts.spreadsheets.engine import import_file  # noqa: PLC0415 - the engine imports resources

        return import_file(self, dataset, scope=options["scope"], write=not dry_run)

    def export(self, queryset: Any = None, **options: Any) -> Path:
        """Write the rows to `target` (an .xlsx or .csv path) and return it; rows stream from the database."""
        from accounts.spreadsheets.exporting import export_resource  # noqa: PLC0415

        return export_resource(self, options["target"], scope=options["scope"], queryset=queryset)


Source = Path | str | IO[bytes]
