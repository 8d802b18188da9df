"""The sheet of accounts: user names with one role each, as the users screen would give them, one line a role."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.actions import people
from accounts.audit_types import ACCOUNTS_IMPORTED
from accounts.choices import Role
from accounts.errors import Refusal
from accounts.models import Area, Assignment, User
from accounts.queries.people import visible_assignments, visible_users
from accounts.rules import people as rules
from accounts.scope import Scope
from accounts.sealed import Scratch, chunks_of
from accounts.spreadsheets import ChoiceField, DateField, SheetResource, TextField, register_resource
from accounts.spreadsheets.layout import Column, Sheet
from accounts.spreadsheets.writers import write_workbook

NAME = "users"
MOST = 300
COLUMNS = (
    "username",
    "holder_name",
    "role",
    "area_code",
    "office_name",
    "department",
    "valid_from",
    "valid_to",
)
KEY = ("username", "role", "area_code")
TWO_PERSONS = "建账号并提交申请，另一名管理员同意后才有这个角色"
Line = dict[str, Any]


class UserNameField(TextField):
    """A user name as the sign-in takes it: small letters whatever was typed."""

    def parsed(self, cell: Any) -> str:
        return f"lower({super().parsed(cell)})"


class AccountResource(SheetResource):
    """账号和角色: makes the accounts that are not there yet and grants the roles that are not held yet.

    The acts of the users screen write, one account at a time, so the same rules decide; what is there already is
    left as it is. First passwords stand in the handout alone: neither database nor file keeps them in clear.
    """

    label = "账号"
    row_word = "用户名"
    template_note = "表头已写好，一行填一个账号的一个角色"
    audit_type = ACCOUNTS_IMPORTED
    title = "账号和角色"
    existing = "cx_accounts"
    personal = True
    notes = (
        "注：1. 一行一个角色；同一人有几个角色写几行，用户名相同。已有的账号和角色不改动，收回、停用在账号页办。",
        "注：2. 乡镇以上的角色只能由安全管理员授予；这些角色和跨单位的角色须另一名管理员同意。"
        f"一次至多新建 {MOST} 个账号。指定村(社区)的授权在账号页办。",
    )

    username = UserNameField("username", "用户名", required=True, stored=False, max_length=40, width=16)
    holder_name = TextField("holder_name", "姓名", required=True, width=12)
    role = ChoiceField("role", "角色", choices=Role, required=True, width=14)
    area_code = TextField("area_code", "区划代码", aliases=("管辖区域代码", "代码"), stored=False, width=15)
    office_name = TextField("office_name", "单位", required=True, width=22)
    department = TextField("department", "部门", width=12)
    valid_from = DateField("valid_from", "自", aliases=("起始日期",), required=True, width=12)
    valid_to = DateField("valid_to", "至", aliases=("截止日期",), width=12)

    class Meta:
        model = Assignment
        import_id_fields = KEY

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._passwords: list[tuple[str, str, str, str]] = []

    def prepare(self, cursor: Any, scope: Scope) -> None:
        """Roles that are held, with the user names that only `login` knows. Two queries."""
        held = visible_assignments(scope).filter(revoked_at__isnull=True).not_over(timezone.localdate())
        rows = list(held.select_related("area").order_by("pk"))
        names = dict(User.objects.filter(pk__in={row.user_id for row in rows}).values_list("pk", "username"))
        kept = {
            (names.get(row.user_id, ""), row.role, row.area.code if row.area else ""): row for row in rows
        }
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.cx_accounts; CREATE TEMP TABLE cx_accounts (id bigint, version text, "
            "username text, holder_name text, role text, area_code text, office_name text, department text, "
            "valid_from date, valid_to date) ON COMMIT DROP"
        )
        cursor.executemany(
            "INSERT INTO cx_accounts VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (row.pk, row.updated_at.isoformat(), name, row.holder_name, role, code, row.office_name,
                 row.department, row.valid_from, row.valid_to)
                for (name, role, code), row in kept.items()
            ],
        )  # fmt: skip

    def judge(self, cursor: Any, scope: Scope) -> None:
        """What the users screen would refuse, said beside the row. Five queries, and four a new role (its constraints)."""
        rows = _lines(cursor, "SELECT sheet, row, {} FROM cx_rows WHERE cardinality(problems) = 0")
        bench = Bench(cursor, scope, rows)
        found = [(text, row["sheet"], row["row"]) for row in rows if (text := bench.problem(row))]
        cursor.executemany(
            "UPDATE cx_rows SET problems = problems || %s::text WHERE sheet = %s AND row = %s", found
        )

    def remarks(self, cursor: Any, scope: Scope) -> list[tuple[int, int, str]]:
        """Rows that become a request: a role above township, or one in a second unit, also within this file."""
        rows = _lines(
            cursor, "SELECT sheet, row, {} FROM cx_checked WHERE status = 'new' ORDER BY sheet, row"
        )
        return Bench(cursor, scope, rows).requests(rows)

    def write_rows(self, cursor: Any, target: Any, *, scope: Scope, report: Any) -> tuple[int, int]:
        """Each new row by the acts of the users screen; accounts are kept together or not at all."""
        rows = _lines(
            cursor, "SELECT sheet, row, {} FROM cx_checked WHERE status = 'new' ORDER BY sheet, row"
        )
        users = _users(row["username"] for row in rows)
        areas = {area.code: area for area in _areas(scope, rows)}
        with transaction.atomic(using="login"):
            for done, row in enumerate(rows):
                if report:
                    report(done, len(rows), "建账号、授角色")
                user = users.get(row["username"]) or self._create(row, users, scope)
                facts = {
                    key: row[key] for key in ("role", "office_name", "department", "valid_from", "valid_to")
                }
                people.grant_role(user, area=areas.get(row["area_code"]), by=scope, **facts)
        return len(rows), 0

    def _create(self, row: Line, users: dict[str, User], scope: Scope) -> User:
        user, password = people.create_user(
            username=row["username"], display_name=row["holder_name"], by=scope
        )
        users[user.username] = user
        self._passwords.append((row["office_name"], user.display_name, user.username, password))
        return user

    def handout(self) -> Iterable[bytes]:
        """One slip a line for each new account: office, name, user name, first password."""
        if not self._passwords:
            return ()
        scratch = Scratch()
        columns = [Column("单位", width=26), Column("姓名", width=14), Column("用户名", width=20),
                   Column("首次密码", width=24)]  # fmt: skip
        notes = ("注：请裁开后分别交给本人；首次登录须改密码。本表只能下载一次，用完请销毁。",)
        write_workbook(scratch.path, [Sheet(name="首次密码", columns=columns, rows=self._passwords,
                                            title="账号首次密码", notes=notes)])  # fmt: skip
        self._passwords = []
        return [b"".join(chunks_of(scratch.path))]

    def export_rows(self, scope: Scope, query: Mapping[str, str]) -> tuple[Any, tuple[str, ...]]:
        """Roles in force or to come that the reader may see, as lines of the import; never a secret."""
        return self.export_queryset(scope), ()

    def export_lines(self, rows: QuerySet[Assignment]) -> Iterator[list[Any]]:
        """The user names are behind `login`: read once, beside the roles."""
        found = list(rows.select_related("area"))
        names = dict(User.objects.filter(pk__in={row.user_id for row in found}).values_list("pk", "username"))
        for row in found:
            yield [names.get(row.user_id), row.holder_name, Role(row.role).label, row.area.code if row.area else "",
                   row.office_name, row.department, row.valid_from, row.valid_to]  # fmt: skip

    def export_queryset(self, scope: Scope) -> QuerySet[Assignment]:
        held = visible_assignments(scope).filter(revoked_at__isnull=True).not_over(timezone.localdate())
        return held.order_by("unit_path", "role", "pk")


class Bench:
    """What the rules need to know of the rows, read once."""

    def __init__(self, cursor: Any, scope: Scope, rows: list[Line]) -> None:
        self.scope = scope
        self.users = _users(row["username"] for row in rows)
        self.areas = {area.code: area for area in _areas(scope, rows)}
        self.held: dict[int, list[Assignment]] = defaultdict(list)
        taken = Assignment.objects.using("login").filter(
            user_id__in=[user.pk for user in self.users.values()], revoked_at__isnull=True
        )
        for assignment in taken.not_over(timezone.localdate()):
            self.held[assignment.user_id].append(assignment)
        there = _lines(cursor, "SELECT {} FROM cx_accounts")
        self.there = {tuple(row[key] for key in KEY): row for row in there}
        ids = [user.pk for user in self.users.values()]
        self.visible = set(visible_users(scope).filter(pk__in=ids).values_list("pk", flat=True))
        self.names: dict[str, str] = {}

    def problem(self, row: Line) -> str:
        """The entry for a row's list of problems; '' when its account and role may be made, or are there."""
        try:
            self._judge(row)
        except ValidationError as refusal:
            key = getattr(refusal, "field", "")
            key = {"area": "area_code", "display_name": "holder_name"}.get(key, key)
            return f"{key if key in COLUMNS else 'username'}|XL-061|{refusal.messages[0]}"
        return ""

    def requests(self, rows: list[Line]) -> list[tuple[int, int, str]]:
        """(sheet, row, remark) of the rows that one administrator may not grant alone, in the order of the file."""
        found = []
        given: dict[str, list[Assignment]] = defaultdict(list)
        for row in rows:
            user, area = self.users.get(row["username"]), self.areas.get(row["area_code"])
            held = [*(self.held[user.pk] if user else ()), *given[row["username"]]]
            if rules.needs_two_persons(role=row["role"], area=area, held=held):
                found.append((row["sheet"], row["row"], TWO_PERSONS))
            elif area is not None:
                given[row["username"]].append(Assignment(role=row["role"], unit_path=area.path))
        return found

    def _judge(self, row: Line) -> None:
        user = self.users.get(row["username"])
        self._check_name(row, user)
        if held := self.there.get(tuple(row[key] for key in KEY)):
            if differing := [key for key in COLUMNS if row[key] != held[key]]:
                said = "这项授权已有，内容不同。请按现有内容写，或先在账号页收回再授"
                raise Refusal("assignment_differs", said, field=differing[0])
            return
        rules.check_may_manage(
            self.scope, user_id=user.pk if user else 0, held=self.held[user.pk] if user else ()
        )
        area = self.areas.get(row["area_code"])
        if row["area_code"] and area is None:
            raise Refusal("area_outside", "没有这个区划，或不在您的管辖范围内", field="area")
        rules.check_separate(role=row["role"], held=self.held[user.pk] if user else ())
        rules.check_may_grant(self.scope, role=row["role"], area=area, user_id=user.pk if user else 0)
        facts = {
            key: row[key]
            for key in ("holder_name", "role", "office_name", "department", "valid_from", "valid_to")
        }
        Assignment(user_id=user.pk if user else 0, area=area, **facts).full_clean(exclude=["unit_path"])

    def _check_name(self, row: Line, user: User | None) -> None:
        if user is not None and user.pk not in self.visible:
            raise Refusal("username_taken", "这个用户名已有人使用", field="username")
        name = self.names.setdefault(row["username"], user.display_name if user else row["holder_name"])
        if name != row["holder_name"]:
            said = f"用户名 {row['username']} 是 {name} 的，请另起用户名或改正姓名"
            raise Refusal("username_of_another", said, field="username")
        if user is not None:
            return
        if not people.USERNAME.fullmatch(row["username"]):
            said = "用户名须为 3 至 40 位小写字母、数字、点、横线或下划线，字母开头"
            raise Refusal("username_malformed", said, field="username")
        if len(set(self.names) - set(self.users)) > MOST:
            raise Refusal("too_many_accounts", f"一次至多新建 {MOST} 个账号，请分几个文件", field="username")


def _lines(cursor: Any, sql: str) -> list[Line]:
    cursor.execute(sql.format(", ".join(COLUMNS)))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _users(names: Iterable[str]) -> dict[str, User]:
    return {user.username: user for user in User.objects.filter(username__in=set(names))}


def _areas(scope: Scope, rows: list[Line]) -> QuerySet[Area]:
    return Area.objects.visible_to(scope).filter(code__in={row["area_code"] for row in rows}, valid_to=None)


def declare() -> None:
    """Open the wizard and the export to those who manage accounts."""
    register_resource(NAME, AccountResource, roles=rules.MANAGERS, back_url="/system/users/")
