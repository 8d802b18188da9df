"""/system/audit/: the list with its filters and pages, one act, the verification; the API beside them."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.audit import queries, tasks, words
from accounts.audit.verification import cursor_of
from accounts.models import Area, AuditAct
from accounts.scope import scoped, system_scoped
from config.databases import AUDITOR
from tests.accounts.audit.lab import TABLE, exported
from tests.cast import PASSWORD


@pytest.fixture
def story(lab, writer):
    """Three acts of the township's clerk; the last one wrote two rows."""
    return [writer.write("a", reason="first"), writer.write("b", reason="second"), writer.write("c", "d")]


def reasons(cast, **filters) -> list[str]:
    with scoped(cast.auditor):
        page = queries.act_page(queries.find_acts(type="lab.write", **filters))
        return [act.reason for act in page.acts]


def test_list_is_newest_first_and_filters_by_unit_person_and_day(story, cast):
    day = AuditAct.objects.using("owner").get(pk=story[0]).at.astimezone().date()
    assert reasons(cast) == ["", "second", "first"]
    assert reasons(cast, person=cast.town.holder_name) == ["", "second", "first"]
    assert reasons(cast, person="nobody") == []
    assert reasons(cast, area=Area.objects.get(code="990101")) == ["", "second", "first"]
    assert reasons(cast, area=Area.objects.get(code="990102")) == []
    assert reasons(cast, since=day, until=day) != []


def test_pages_follow_the_key_in_two_queries(story, cast, django_assert_num_queries):
    with scoped(cast.auditor):
        acts = queries.find_acts(type="lab.write")
        with django_assert_num_queries(2):
            first = queries.act_page(acts, size=2)
        rest = queries.act_page(acts, before=first.older_than, size=2)
    assert [act.pk for act in first.acts] == story[:0:-1]
    assert ([act.pk for act in rest.acts], rest.older_than) == (story[:1], None)
    assert {act.area_name for act in first.acts} == {cast.town.area.name}


def test_only_an_auditor_reads_acts(story, cast):
    for person in (cast.town, cast.city, cast.admin):
        with scoped(person):
            assert AuditAct.objects.count() == 0
    with scoped(cast.auditor):
        assert AuditAct.objects.filter(pk__in=story).count() == 3


@pytest.mark.parametrize(("key", "status"), [("auditor", 200), ("town", 403), ("city", 403), ("admin", 403)])
def test_screens_and_api_open_to_the_auditor_alone(story, client_of, key, status):
    client = client_of(key)
    detail = reverse("audit:detail", args=[story[2]])
    routes = [reverse("audit:list"), detail, "/api/v1/audit/acts/", f"/api/v1/audit/acts/{story[2]}/"]
    assert [client.get(route).status_code for route in routes] == [status] * 4


def test_detail_shows_events_with_their_numbers_in_the_chain(story, client_of, cast):
    answer = client_of("auditor").get(reverse("audit:detail", args=[story[2]]))
    (event,) = answer.context["events"]
    assert (event.relation, event.op_word, event.row_count) == (TABLE, "新增", 2)
    assert event.seq == answer.context["act"].seq + 1


def test_unknown_filter_values_are_told_and_bad_cursors_absent(story, client_of):
    client = client_of("auditor")
    answer = client.get(reverse("audit:list"), {"where": "000000"})
    assert answer.context["form"].errors.as_data()["where"][0].code == "area_unknown"
    assert client.get(reverse("audit:list"), {"before": "x"}).status_code == 404
    assert client.get(reverse("audit:detail", args=[10**12])).status_code == 404


def test_api_filters_as_the_screen_does(story, client_of):
    found = client_of("auditor").get("/api/v1/audit/acts/", {"type": "lab.write", "where": "990101"}).json()
    assert [row["id"] for row in found["results"]] == story[::-1]
    detail = client_of("auditor").get(f"/api/v1/audit/acts/{story[2]}/").json()
    assert [(event["relation"], event["row_count"]) for event in detail["events"]] == [(TABLE, 2)]


def test_verify_now_starts_one_job_however_often_it_is_pressed(story, client_of):
    client = client_of("auditor")
    first = client.post(reverse("audit:verify"))
    assert client.post(reverse("audit:verify")).url == first.url
    answer = client.post("/api/v1/audit/verify/")
    assert (answer.status_code, f"/jobs/{answer.json()['id']}/") == (202, first.url)


class Context:
    """What a handler needs of a job's context."""

    def __init__(self, scope) -> None:
        self.scope, self.message = scope, ""

    def progress(self, done: int, total: int = 0, stage: str = "") -> None:
        pass

    def finish(self, message: str) -> None:
        self.message = message


def test_verification_is_recorded_as_an_act_and_shown_as_state(story, cast, settings, tmp_path):
    settings.AUDIT_ANCHOR_DIR = tmp_path
    with scoped(cast.auditor) as scope:
        context = Context(scope)
        tasks.verify_chain(context)
        state = queries.chain_state()
    assert state.verified.after["breaks"] == 0
    assert state.verified.after["head"] in context.message


def test_commands_verify_and_export(story, settings, tmp_path, capsys):
    settings.AUDIT_ANCHOR_DIR = tmp_path / "anchors"
    call_command("export_audit_heads")
    call_command("verify_audit")
    assert capsys.readouterr().out.splitlines()[-1].startswith("全部相符")
    call_command("verify_audit", export=tmp_path / "chain.jsonl")
    with cursor_of(AUDITOR) as cursor:
        assert len((tmp_path / "chain.jsonl").read_bytes().splitlines()) > 3
        assert len(exported(cursor)) > 3


def test_timers_anchor_and_verify_under_the_system_scope(story, worker_role, settings, tmp_path):
    settings.AUDIT_ANCHOR_DIR = tmp_path
    with system_scoped("audit") as scope:
        anchoring, verifying = Context(scope), Context(scope)
        tasks.keep_anchor(anchoring)
        tasks.verify_chain(verifying)
    assert anchoring.message == "送达锚点 1 个"
    assert "全部相符" in verifying.message


def test_an_unreachable_store_does_not_fail_the_timer(story, worker_role, settings, tmp_path):
    settings.AUDIT_ANCHOR_DIR = tmp_path / "file"
    settings.AUDIT_ANCHOR_DIR.write_text("not a directory")
    with system_scoped("audit") as scope:
        context = Context(scope)
        tasks.keep_anchor(context)
    assert context.message == "外部存储不可用（File exists），1 个锚点待送"


def test_a_sign_in_names_the_person_and_the_trail_is_in_words(committed, cast, client_of):
    """A sign-in belongs to no office yet: the database writes its own role down, the page says who it was."""
    Client().post("/login/", {"username": "town", "password": PASSWORD})
    auditor = client_of("auditor")
    (row,) = [act for act in auditor.get("/system/audit/?person=cunxuan_login").context["page"].acts][:1]
    assert (row.label, row.doer) == ("登录", f"{cast.users['town'].display_name}（town）")
    page = auditor.get(reverse("audit:detail", args=[row.pk]))
    assert page.context["subject"] == "账号"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (words.subject_word("reports.dailysheet"), "日报"),
        (words.subject_word("none.such"), "none.such"),
        (words.relation_word("reports_dailysheet"), "日报"),
        (words.relation_word("other"), "other"),
        (words.field_word("reports.countyday", "first_forwarded_at"), "首次上报"),
        (words.field_word("reports.countyday", "none"), "none"),
        (words.field_word("accounts.scopetoken", "assignment_id"), "assignment_id"),
    ],
)
def test_codes_of_the_trail_have_words(found, said):
    assert found == said
