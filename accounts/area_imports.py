"""The sheet of changes of the tree: one line a change, proposed as the form would, all of a workbook or none."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.actions.area_operations import compile_plan, propose, refuse_waiting
from accounts.audit_types import AREA_CHANGES_IMPORTED
from accounts.choices import AreaKind, AreaOperationKind, AreaOperationState
from accounts.errors import Refusal
from accounts.models import AreaOperation
from accounts.rules.area_operations import KINDS, OPEN, PROPOSERS, SOURCE
from accounts.scope import Scope
from accounts.spreadsheets import ChoiceField, DateField, SheetResource, TextField, register_resource

NAME = "area-changes"
MOST = 300
COLUMNS = ("kind", "effective_on", "units", "parent", "name", "unit_kind", "code", "children", "reason")
LISTS = ("units", "children")
PLAN = ("parent", "name", "unit_kind", "code")
Line = dict[str, Any]


class CodesField(TextField):
    """Codes of units however they were separated; kept with one blank between them."""

    def parsed(self, cell: Any) -> str:
        return f"nullif(btrim(regexp_replace(upper({super().parsed(cell)}), '[^0-9A-Z]+', ' ', 'g')), '')"


class AreaChangeResource(SheetResource):
    """区划变更: each line becomes a proposal by the rules of the form; what is proposed already is left as it is."""

    label = "区划变更"
    audit_type = AREA_CHANGES_IMPORTED
    title = "区划变更表"
    existing = "cx_area_changes"
    template_note = "表头和填法已写好，一行一项变更"
    list_filters = ("state", "batch")
    notes = (
        "注：1. 一行一项变更；更名填新名称，改类型填类型，划转填划入的上级代码，合并填几个单位代码和合并后的代码，析置填"
        "新单位的代码、名称、类型和随同划出的下级代码。",
        f"注：2. 几个代码之间空一格。一个单位在一个文件里只能有一项变更，一次至多 {MOST} 项。提出后由另一人审批。",
    )

    kind = ChoiceField("kind", "变更", choices=AreaOperationKind, required=True, width=10)
    effective_on = DateField("effective_on", "生效日", required=True, width=12)
    units = CodesField("units", "单位代码", required=True, stored=False, max_length=2000, width=28)
    parent = CodesField("parent", "划入的上级代码", stored=False, max_length=12, width=15)
    name = TextField("name", "新名称", stored=False, max_length=60, width=18)
    unit_kind = ChoiceField(
        "unit_kind", "类型", stored=False, width=12,
        choices=[(kind.value, kind.label) for kinds in KINDS.values() for kind in kinds],
    )  # fmt: skip
    code = CodesField(
        "code", "合并后（析出）单位的代码", aliases=("新单位代码",), stored=False, max_length=12, width=22
    )
    children = CodesField("children", "随同划出的下级代码", stored=False, max_length=8000, width=28)
    reason = TextField("reason", "依据", required=True, max_length=200, width=28)

    class Meta:
        model = AreaOperation
        import_id_fields = ("units",)

    def prepare(self, cursor: Any, scope: Scope) -> None:
        """Changes that are not over yet, as lines of the sheet. One query."""
        rows = AreaOperation.objects.visible_to(scope).filter(state__in=OPEN).order_by("pk")
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.cx_area_changes; CREATE TEMP TABLE cx_area_changes (id bigint, version text, "
            "kind text, effective_on date, units text, parent text, name text, unit_kind text, code text, "
            "children text, reason text) ON COMMIT DROP"
        )
        cursor.executemany(
            f"INSERT INTO cx_area_changes VALUES (%s, %s{', %s' * len(COLUMNS)})",  # noqa: S608 (constant text)
            [
                (row.pk, row.updated_at.isoformat(), *_line(row).values())
                for row in {" ".join(row.plan["units"]): row for row in rows}.values()
            ],
        )

    def judge(self, cursor: Any, scope: Scope) -> None:
        """What the form would refuse, said beside the row; and a unit that stands in two rows."""
        rows = _rows(
            cursor, "SELECT sheet, row, {} FROM cx_rows WHERE cardinality(problems) = 0 ORDER BY sheet, row"
        )
        there = {one["units"]: one for one in _rows(cursor, "SELECT {} FROM cx_area_changes")}
        bench = Bench(scope, there)
        found = [(text, row["sheet"], row["row"]) for row in rows if (text := bench.problem(row))]
        cursor.executemany(
            "UPDATE cx_rows SET problems = problems || %s::text WHERE sheet = %s AND row = %s", found
        )

    def write_rows(self, cursor: Any, target: Any, *, scope: Scope, report: Any) -> tuple[int, int]:
        """Each new row becomes a proposal of one batch, which the second person signs one by one or together."""
        rows = _rows(cursor, "SELECT sheet, row, {} FROM cx_checked WHERE status = 'new' ORDER BY sheet, row")
        batch = f"{scope.area.code if scope.area else '全系统'}-{timezone.localtime():%Y%m%d-%H%M%S}"
        for done, row in enumerate(rows):
            if report:
                report(done, len(rows), "提出变更")
            propose(
                row["kind"], row["effective_on"], plan_of(row), reason=row["reason"], by=scope, batch=batch
            )
        return len(rows), 0

    def export_rows(self, scope: Scope, query: Mapping[str, str]) -> tuple[Any, tuple[str, ...]]:
        """The changes that the list shows, as lines of the import."""
        rows = self.export_queryset(scope)
        said = []
        if query.get("state") in AreaOperationState.values:
            rows = rows.filter(state=query["state"])
            said.append(f"状态：{AreaOperationState(query['state']).label}")
        if batch := query.get("batch", "")[:40]:
            rows = rows.filter(batch=batch)
            said.append(f"批次：{batch}")
        return rows, tuple(said)

    def export_lines(self, rows: QuerySet[AreaOperation]) -> Iterator[list[Any]]:
        for row in rows:
            line = _line(row)
            kind = AreaKind(line["unit_kind"]).label if line["unit_kind"] else ""
            yield list({**line, "kind": row.get_kind_display(), "unit_kind": kind}.values())

    def export_queryset(self, scope: Scope) -> QuerySet[AreaOperation]:
        return AreaOperation.objects.visible_to(scope).order_by("-pk")


class Bench:
    """The rows of one workbook against the tree, the changes under way and each other."""

    def __init__(self, scope: Scope, there: dict[str, Line]) -> None:
        self.scope, self.there = scope, there
        self.touched: set[int] = set()
        self.opened: set[str] = set()
        self.number = 0

    def problem(self, row: Line) -> str:
        """The entry for a row's list of problems; '' when it may be proposed, or is."""
        self.number += 1
        try:
            self._judge(row)
        except ValidationError as refusal:
            key = getattr(refusal, "field", "")
            return f"{key if key in COLUMNS else 'units'}|XL-061|{refusal.messages[0]}"
        return ""

    def _judge(self, row: Line) -> None:
        if self.number > MOST:
            raise _refusal("too_many_area_changes", f"一次至多 {MOST} 项变更，请分几个文件", "units")
        known = self.there.get(row["units"])
        if known is not None and all((known[key] or "") == (row[key] or "") for key in COLUMNS):
            return
        day: datetime.date = row["effective_on"]
        _, compiled = compile_plan(row["kind"], day, plan_of(row), by=self.scope)
        refuse_waiting(compiled)
        if self.touched.intersection(compiled.touched):
            raise _refusal("area_twice_in_file", "有单位在本文件另一行已有变更，请合成一行或分两次", "units")
        if self.opened.intersection(compiled.change.opened):
            raise _refusal("area_code_twice_in_file", f"代码 {row['code']} 在本文件另一行已用", "code")
        self.touched.update(compiled.touched)
        self.opened.update(compiled.change.opened)


def _refusal(code: str, message: str, field: str) -> Refusal:
    return Refusal(code, message, field=field, source=SOURCE)


def plan_of(row: Line) -> dict[str, Any]:
    """A line of the sheet as `AreaOperation.plan` keeps it."""
    plan: dict[str, Any] = {key: row[key].split() for key in LISTS if row[key]}
    return plan | {key: row[key].strip() for key in PLAN if row[key]}


def _line(row: AreaOperation) -> Line:
    plan = row.plan
    line = {key: " ".join(plan.get(key, [])) for key in LISTS} | {key: plan.get(key, "") for key in PLAN}
    line |= {"kind": row.kind, "effective_on": row.effective_on, "reason": row.reason}
    return {key: line[key] for key in COLUMNS}


def _rows(cursor: Any, sql: str) -> list[Line]:
    cursor.execute(sql.format(", ".join(COLUMNS)))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def declare() -> None:
    """Open the wizard and the export to those who propose."""
    register_resource(NAME, AreaChangeResource, roles=PROPOSERS, back_url="/system/areas/changes/")
