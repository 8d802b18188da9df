"""The column that names a unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.spreadsheets.fields.base import SheetField
from accounts.spreadsheets.headings import Wanted


class AreaField(SheetField):
    """A unit inside the user's scope, by 12-digit code, by name, or by name within the superior's name.

    Takes up to three sheet columns: the name, the code (`code_heading`) and the superior (`parent_heading`).
    """

    sql_type = "bigint"
    kind = "area"

    def __init__(
        self,
        attribute: str = "area",
        column_name: str = "村(社区)",
        *,
        level: int,
        code_heading: str = "区划代码",
        parent_heading: str = "乡镇(街道)",
        code_aliases: Iterable[str] = ("代码", "行政区划代码", "村代码", "统计用区划代码"),
        parent_aliases: Iterable[str] = ("乡镇", "乡镇街道", "镇街", "所属乡镇", "街道", "乡镇(街道)名称"),
        **options: Any,
    ) -> None:
        options.setdefault(
            "aliases", ("村", "村名", "村(居)", "行政村", "村居", "单位", "村社区", "村(社区)名称")
        )
        options.setdefault("required", True)
        super().__init__(attribute, column_name, merges=True, width=16, **options)
        self.level, self.code_heading, self.parent_heading = int(level), code_heading, parent_heading
        self.code_aliases, self.parent_aliases = tuple(code_aliases), tuple(parent_aliases)

    def wanted(self, key: str) -> list[Wanted]:
        return [
            Wanted(f"{key}:code", self.code_heading, self.code_aliases, required=False),
            Wanted(f"{key}:parent", self.parent_heading, self.parent_aliases, required=False),
            Wanted(key, self.column_name, self.aliases, required=False),
        ]
