"""Every form that is refused shows what was typed into it again, on whichever page the refusal leads to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from accounts.typed_again import KEPT, KEPT_SECONDS
from tests.helpers import log_in
from tests.security.expected_routes import PAGES, Route
from tests.security.stage import FILES, Stage, stage_of
from tests.security.test_t50_bad_input import APART, actor_of

# A sentence nobody may write: the number of an identity card in it.
TYPED = "请与 330702199003071234 核对<后>再办"
SHOWN = TYPED.replace("<", "&lt;").replace(">", "&gt;")
CJK = re.compile(r"[\u4e00-\u9fff]")


def sentences(route: Route) -> list[str]:
    """Names of the fields of a form that take a sentence."""
    data = route.data.get("POST", {})
    if not isinstance(data, dict):
        return []
    return [
        name
        for name, text in data.items()
        if isinstance(text, str) and text not in FILES and CJK.search(text)
    ]


FORMS = [route for route in PAGES if "POST" in route.methods and route.name not in APART and sentences(route)]


def page_after(client: Client, stage: Stage, route: Route, name: str) -> str:
    """Send the form with a sentence nobody may write; the page it leads to."""
    data = {**stage.fill(route.data["POST"]), name: TYPED}
    return client.post(stage.fill(route.url), data, follow=True).content.decode()


def test_what_was_typed_is_shown_again(committed, cast, client_of, settings, tmp_path):
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path
    lost = []
    for route in FORMS:
        stage, client = stage_of(actor_of(route), cast), client_of(actor_of(route))
        for name in sentences(route):
            if SHOWN not in page_after(client, stage, route, name):
                lost.append((route.name, name))
    # Whoever has no second factor is led to the page where one begins; the name of a further key is no loss.
    assert lost == [("security-key-add", "name")]


def test_it_is_shown_once_and_only_on_the_page_that_follows(committed, cast, client_of):
    client = client_of("town")
    form = {"screen": "jobs:list", "query": "state=done", "name": TYPED}
    after = client.post("/account/filters/save/", form)["Location"]
    pages = [client.get(url).content.decode() for url in ("/jobs/", after, after)]
    assert [SHOWN in page for page in pages] == [False, True, False]


def test_it_rests_sealed_and_ends(committed, cast, client_of):
    client = client_of("town")
    form = {"screen": "jobs:list", "query": "state=done", "name": TYPED}
    after = client.post("/account/filters/save/", form)["Location"]
    session = client.session
    assert "330702199003071234" not in str(dict(session))
    session[KEPT] = {**session[KEPT], "at": session[KEPT]["at"] - KEPT_SECONDS - 1}
    session.save()
    assert SHOWN not in client.get(after).content.decode()
    assert KEPT not in client.session


def test_a_mended_form_may_be_sent_under_the_same_key(committed, cast, client_of):
    """Who goes back in the browser has the key of the refused submission."""
    client, key = client_of("town"), {"idempotency_key": "a" * 32}
    form = {"screen": "jobs:list", "query": "state=done", **key}
    client.post("/account/filters/save/", {**form, "name": TYPED})
    answer = client.post("/account/filters/save/", {**form, "name": "做完的"}, follow=True)
    assert [str(one) for one in answer.context["messages"]][1:] == ["筛选“做完的”已存下"]


def test_a_page_of_errors_shows_sentences_and_no_secrets(committed, cast, client_of):
    """A form that arrives where nothing can be drawn again: its sentences are there to be copied."""
    client = client_of("county")
    form = {"reason": TYPED, "version": "12", "password": "一句 密码", "step_up_proof": "一句 密码"}
    answer = client.post("/reports/comments/999999/skip/", form)
    page = answer.content.decode()
    assert (answer.status_code, SHOWN in page, "一句 密码" in page) == (404, True, False)


def test_a_foreign_sites_form_is_not_shown(committed, cast):
    client = Client(enforce_csrf_checks=True)
    log_in(client, cast.users["county"]).get("/")
    form = {"reason": TYPED}
    url = "/reports/daily/2001-01-01/return/"
    pages = [client.post(url, form, headers=more) for more in ({"Origin": "https://elsewhere.example"}, {})]
    assert [(page.status_code, SHOWN in page.content.decode()) for page in pages] == [
        (403, False),
        (403, True),
    ]


@pytest.mark.parametrize("key", ["old", "new", "again"])
def test_words_of_the_password_form_are_not_drawn(committed, cast, client_of, key):
    form = {"old": "wrong", "new": "短", "again": "短", key: "一句 密码"}
    answer = client_of("town").post("/password/", form)
    assert (answer.status_code, "一句 密码" in answer.content.decode()) == (400, False)


def test_a_page_of_errors_leads_back_to_the_page_of_the_form(committed, client_of):
    client, url = client_of("county"), "/reports/comments/999999/skip/"
    ours, foreign = "http://testserver/reports/comments/?box=out", "https://elsewhere.example/"
    pages = [client.post(url, headers={"Referer": one}).content.decode() for one in (ours, foreign)]
    assert ['href="/reports/comments/?box=out">返回原页面' in page for page in pages] == [True, False]
    assert "返回原页面" not in pages[1]


@pytest.mark.parametrize(
    ("actor", "url", "form", "told"),
    [
        ("city", "/system/areas/changes/decide/", {}, [("请勾选要同意的变更", "nothing_ticked")]),
        ("county", "/reports/comments/send/", {}, [("没有勾选草稿。先勾选，再发出", "nothing_ticked")]),
        (
            "county",
            "/reports/comments/notes/",
            {"date": "2026-12-18", "about": "990101001", "text": "下雨", "figure": "1"},
            [("动态没有记下：计量单位 该字段是必填项。", "note_incomplete")],
        ),
    ],
)
def test_what_a_page_itself_refuses_has_a_code(committed, cast, client_of, actor, url, form, told):
    answer = client_of(actor).post(url, form, follow=True)
    assert [(str(one), one.extra_tags) for one in answer.context["messages"]] == told


def test_refusals_above_a_page_are_told_in_one_place():
    """`say_no` puts the codes beside the sentence; a view that told an error by itself would forget them."""
    pages = (
        page
        for app in ("accounts", "elections", "reports", "candidates", "config")
        for page in (Path(site.BASE_DIR) / app).rglob("*.py")
    )
    telling = [
        str(page.relative_to(site.BASE_DIR)) for page in pages if "messages.error(" in page.read_text()
    ]
    assert telling == ["accounts/typed_again.py"]


def test_where_a_page_opens_at_its_form_the_refusal_stands_there_too(committed, cast, client_of):
    """The note below a long list: the page is opened at it, the message above the list is out of sight."""
    client, day = client_of("county"), timezone.localdate().isoformat()
    form = {"date": day, "about": "990101001", "text": TYPED, "figure": "3", "measure": "场"}
    answer = client.post("/reports/comments/notes/", form)
    page = client.get(answer["Location"]).content.decode()
    assert answer["Location"].endswith("#notes")
    assert page.count("文字中有身份证号或手机号，请删去后再保存") == 2
    assert page.index("文字中有身份证号", page.index('id="notes"')) < page.index(SHOWN)
