"""Accounts from a sheet: the rules of the users screen beside each row, passwords handed out once, twice is once."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from accounts.imports import AccountResource
from accounts.jobs import runner
from accounts.models import Assignment, AuditAct, User
from accounts.scope import scoped
from accounts.spreadsheets import desk as desks
from tests.accounts.spreadsheets.conftest import as_worker

HEADINGS = ["用户名", "姓名", "角色", "区划代码", "单位", "部门", "自", "至"]
START = "/imports/users/"
WANG = ["Lingxia-01", "王一", "乡镇填报", "990101001", "岭下街道", None, "2026-01-01", None]
TOWN_LABEL = 2


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.UPLOADS_DIR = settings.RESULTS_DIR = settings.DATA_DIR = tmp_path


def sheet(*rows) -> SimpleUploadedFile:
    book = Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("账号.xlsx", buffer.getvalue())


def run(client, url: str) -> None:
    """Let the waiting job of this upload run."""
    job = client.get(url).context["job"]
    with as_worker():
        assert runner.run(job.pk) == "done"


def checked(client, *rows) -> tuple[str, object]:
    """Upload and check; the address of the desk and the preview."""
    url = client.post(START, {"file": sheet(*rows)})["Location"]
    run(client, url)
    return url, client.get(url).context["preview"]


def written(client, *rows) -> str:
    url, preview = checked(client, *rows)
    client.post(f"{url}write/", {"rows": str(preview.rows), "digest": preview.digest})
    run(client, url)
    return url


def role_label(key: str) -> str:
    from accounts.choices import Role

    return Role(key).label


@pytest.fixture
def wang():
    return [*WANG[:2], role_label("township"), *WANG[3:]]


def test_accounts_are_made_once_and_their_passwords_handed_out_once(committed, cast, client_of, wang):
    admin = client_of("admin")
    second = [*wang[:2], role_label("second_entry"), *wang[3:]]
    url = written(admin, wang, second)
    user = User.objects.get(username="lingxia-01")
    held = Assignment.objects.using("owner").filter(user_id=user.pk).order_by("pk")
    assert [(one.role, one.area.code, one.valid_from) for one in held.select_related("area")] == [
        ("township", "990101001", dt.date(2026, 1, 1)),
        ("second_entry", "990101001", dt.date(2026, 1, 1)),
    ]
    answer = admin.post(f"{url}handout/")
    slips = list(load_workbook(io.BytesIO(answer.getvalue())).active.values)
    [slip] = [line for line in slips if "lingxia-01" in line]
    assert slip[:3] == ("岭下街道", "王一", "lingxia-01")
    assert (user.must_change_password, user.check_password(slip[3])) == (True, True)
    assert answer["Cache-Control"] == "no-store"
    assert admin.post(f"{url}handout/").status_code == 404
    acts = AuditAct.objects.using("owner").filter(
        type__in=("users.created", "assignments.granted", "imports.handout_taken")
    )
    assert sorted(acts.values_list("type", flat=True)) == [
        "assignments.granted", "assignments.granted", "imports.handout_taken", "users.created",
    ]  # fmt: skip
    _again, preview = checked(admin, wang, second)
    assert (preview.new, preview.changed, preview.same, preview.errors) == (0, 0, 2, 0)


def test_no_password_rests_in_clear(committed, cast, client_of, wang, settings):
    admin = client_of("admin")
    url = written(admin, wang)
    desk = desks.find(url.rstrip("/").rsplit("/", 1)[1], resource="users", assignment=cast.people["admin"].pk)
    with desk.part(desks.HANDOUT).open() as opened:
        password = next(line for line in load_workbook(opened).active.values if "lingxia-01" in line)[3]
    for path in settings.DATA_DIR.rglob("*"):
        if path.is_file():
            assert password.encode() not in path.read_bytes()
            assert not path.read_bytes().startswith(b"PK")


def test_a_day_later_the_passwords_are_gone(committed, cast, client_of, wang, monkeypatch):
    admin = client_of("admin")
    url = written(admin, wang)
    monkeypatch.setattr(desks, "HANDOUT_SECONDS", 0)
    assert admin.post(f"{url}handout/").status_code == 404
    monkeypatch.undo()
    assert admin.post(f"{url}handout/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({2: "county_office", 3: "990101"}, "乡镇以上的角色只能由安全管理员授予"),
        ({3: "990101"}, "乡镇以上的角色只能由安全管理员授予"),
        ({3: "999999"}, "没有这个区划，或不在您的管辖范围内"),
        ({3: None}, "除三员外，授权须指定区域"),
        ({0: "王一"}, "用户名须为 3 至 40 位小写字母、数字、点、横线或下划线，字母开头"),
        ({0: "town"}, "用户名 town 是 测试town 的，请另起用户名或改正姓名"),
        ({6: "2026-02-01", 7: "2026-01-31"}, "截止日期不能早于起始日期"),
        ({4: "岭下街道 13800000000"}, "文字中有身份证号或手机号，请删去后再保存"),
    ],
)
def test_what_the_users_screen_refuses_is_refused_beside_the_row(
    committed, cast, client_of, wang, changes, said
):
    row = [changes.get(n, value) for n, value in enumerate(wang)]
    row[TOWN_LABEL] = role_label(changes[2]) if 2 in changes else row[2]
    _url, preview = checked(client_of("admin"), row)
    assert [(one.row, one.code, said in one.message) for one in preview.problems] == [(2, "XL-061", True)]
    assert User.objects.filter(username="lingxia-01").count() == 0


def test_one_bad_row_makes_no_account(committed, cast, client_of, wang):
    admin = client_of("admin")
    url, preview = checked(admin, wang, ["other-01", *wang[1:3], "999999", *wang[4:]])
    admin.post(f"{url}write/", {"rows": "2", "digest": preview.digest})
    assert User.objects.filter(username__in=("lingxia-01", "other-01")).count() == 0


def test_only_managers_reach_it(cast, db, client_of):
    assert [client_of(key).get(START).status_code for key in ("admin", "security", "city", "town", "auditor")] == [
        200, 200, 403, 403, 403,
    ]  # fmt: skip


def test_the_export_is_the_import_and_holds_no_secret(committed, cast, tmp_path):
    with scoped(cast.people["security"]) as scope:
        path = AccountResource().export(target=tmp_path / "out.xlsx", scope=scope)
    text = [[str(cell) for cell in line if cell is not None] for line in load_workbook(path).active.values]
    [town] = [line for line in text if line[:1] == ["town"]]
    assert town[3] == "990101001"
    assert not [cell for line in text for cell in line if "argon2" in cell]
    with scoped(cast.people["security"]) as scope:
        preview = AccountResource().import_data(path, dry_run=True, scope=scope).preview
    assert (preview.new, preview.changed, preview.errors) == (0, 0, 0)
