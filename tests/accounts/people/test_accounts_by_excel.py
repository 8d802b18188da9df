"""Accounts from a sheet: the rules of the users screen beside each row, passwords handed out once, twice is once."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from accounts.auth.step_up import STEP_UP_KEY
from accounts.imports import AccountResource
from accounts.jobs import runner
from accounts.models import Assignment, AuditAct, ExportRecord, GrantRequest, User
from accounts.scope import scoped
from accounts.spreadsheets import desk as desks
from tests.accounts.spreadsheets.conftest import as_worker
from tests.cast import PASSWORD

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


def stale(client) -> None:
    """It is long ago that the person proved it."""
    session = client.session
    session[STEP_UP_KEY] = 0
    session.save()


def test_a_session_alone_neither_writes_accounts_nor_takes_their_passwords(committed, cast, client_of, wang):
    """A workbook is no way around what granting one role and setting one password ask for."""
    admin = client_of("admin")
    url, preview = checked(admin, wang)
    told = {"rows": preview.rows, "digest": preview.digest}
    stale(admin)
    assert admin.post(f"{url}write/", told).status_code == 401
    token = url.rstrip("/").rsplit("/", 1)[1]
    refused = admin.post(f"/api/v1/imports/users/{token}/write/", told, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required")
    assert not User.objects.filter(username="lingxia-01").exists()
    assert admin.post(f"{url}write/", {**told, "step_up_proof": PASSWORD}).status_code == 302
    run(admin, url)
    stale(admin)
    assert admin.post(f"{url}handout/").status_code == 401
    taken = admin.post(f"{url}handout/", {"step_up_proof": PASSWORD})
    assert (taken.status_code, taken.getvalue()[:2]) == (200, b"PK")


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


def test_the_preview_says_which_rows_become_a_request(committed, cast, client_of, wang):
    """Above township, and a second unit within the same file: the first row is granted, the second one asked for."""
    second = [*wang[:2], role_label("second_entry"), "990101102", "上坡镇", *wang[5:]]
    office = ["dongtang-01", "李二", role_label("county_office"), "990101", "东塘区", *wang[5:]]
    security = client_of("security")
    url, preview = checked(security, wang, second, office)
    assert [(one["row"], one["text"]) for one in preview.remarks] == [
        (row, "建账号并提交申请，另一名管理员同意后才有这个角色") for row in (3, 4)
    ]
    assert "其中 2 行写入后还须办理" in security.get(url).content.decode()
    token = url.rstrip("/").rsplit("/", 1)[1]
    told = security.get(f"/api/v1/imports/users/{token}/").json()["preview"]["remarks"]
    assert [one["row"] for one in told] == [3, 4]
    security.post(f"{url}write/", {"rows": str(preview.rows), "digest": preview.digest})
    run(security, url)
    users = {
        user.username: user.pk for user in User.objects.filter(username__in=("lingxia-01", "dongtang-01"))
    }
    held = Assignment.objects.using("owner").filter(user_id__in=users.values())
    asked = GrantRequest.objects.using("owner").filter(user_id__in=users.values())
    assert [(one.user_id, one.role, one.area.code) for one in held.select_related("area")] == [
        (users["lingxia-01"], "township", "990101001")
    ]
    assert sorted((one.user_id, one.role) for one in asked) == sorted(
        [(users["lingxia-01"], "second_entry"), (users["dongtang-01"], "county_office")]
    )


def test_rows_of_one_unit_need_nobody_else(committed, cast, client_of, wang):
    _url, preview = checked(client_of("admin"), wang, [*wang[:2], role_label("second_entry"), *wang[3:]])
    assert preview.remarks == []


def test_the_list_of_accounts_is_exported_after_step_up_and_entered_as_personal(committed, cast, client_of):
    client = Client()
    client.force_login(cast.users["admin"])
    assert client.post("/imports/users/export/").status_code == 401
    told = client.post("/api/v1/imports/users/export/", {}, content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (403, "step_up_required")
    assert client.post("/imports/users/export/", {"step_up_proof": PASSWORD}).status_code == 302
    admin = client_of("admin")
    job = admin.post("/imports/users/export/")["Location"].rstrip("/").rsplit("/", 1)[1]
    with as_worker():
        assert runner.run(int(job)) == "done"
    assert ExportRecord.objects.using("owner").latest("pk").personal is True
    url = f"/jobs/{job}/result/"
    assert admin.get(url).getvalue()[:2] == b"PK"
    stale(admin)
    assert (admin.get(url).status_code, admin.get(f"/api/v1{url}").status_code) == (401, 403)
    assert admin.post(url, {"step_up_proof": "wrong"}).status_code == 401
    assert admin.post(url, {"step_up_proof": PASSWORD}).getvalue()[:2] == b"PK"
    stale(admin)
    assert client_of("security").get(url).status_code == 404


def test_records_of_villages_are_exported_without(committed, cast):
    client = Client()
    client.force_login(cast.users["county"])
    assert client.post("/imports/orgs/export/").status_code == 302


def test_the_chain_is_verified_after_step_up(committed, cast):
    client = Client()
    client.force_login(cast.users["auditor"])
    assert client.post("/system/audit/verify/").status_code == 401
    told = client.post("/api/v1/audit/verify/")
    assert (told.status_code, told.json()["code"]) == (403, "step_up_required")
    assert client.post("/system/audit/verify/", {"step_up_proof": PASSWORD}).status_code == 302
