"""T51: what every answer says to the browser, and what a production start refuses to leave open."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.choices import Role
from tests.security.expected_routes import PAGES
from tests.security.route_kinds import PUBLIC
from tests.security.stage import ACTORS, stage_of

HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PRODUCTION = {
    **os.environ,
    "CUNXUAN_PRODUCTION": "1",
    "SECRET_KEY": "a-key-for-this-one-check-0123456789-ABCDEFGHIJ-" + "xyz" * 8,
    "ALLOWED_HOSTS": "cunxuan.example",
}


def in_production(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
    )


def test_t51_check_deploy_has_no_warning():
    done = in_production("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "System check identified no issues (0 silenced).",
    ), done.stderr


def test_t51_cookies_and_transport_in_production():
    names = (
        "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_DOMAIN",
        "SESSION_COOKIE_PATH", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "DEBUG",
    )  # fmt: skip
    script = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "from django.conf import settings\n"
        f"print([getattr(settings, name) for name in {names!r}])"
    )
    assert in_production("-c", script).stdout.strip() == str(
        ["__Host-session", "__Host-csrf", True, True, True, True, "Lax", None, "/", 31_536_000, True, False]
    )


def test_t51_production_refuses_the_development_key():
    environment = {**PRODUCTION, "SECRET_KEY": settings.DEVELOPMENT_KEY}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1


@pytest.fixture
def uploads(settings, tmp_path):
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path


def policy(answer) -> dict[str, list[str]]:
    parts = answer["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (part.split() for part in parts) if words}


@pytest.mark.parametrize("role", [Role.CITY_OFFICE, Role.TOWNSHIP, Role.ADMIN, Role.AUDITOR, None])
def test_t51_headers_of_every_page(role, committed, uploads, cast, client_of):
    """Every page, its refusals and its absences: headers, a policy without `unsafe-*`, never stored."""
    key = ACTORS.get(role, "town")
    stage, client = stage_of(key, cast), client_of(key) if role else Client()
    wrong = []
    answers = {route.name: stage.send(client, route, "GET") for route in PAGES if "GET" in route.methods}
    answers["nowhere"] = client.get("/nowhere/")
    for name, answer in answers.items():
        directives = policy(answer)
        sources = {source for listed in directives.values() for source in listed}
        checks = {
            "headers": all(answer.get(header) == value for header, value in HEADERS.items()),
            "no-store": "no-store" in answer.get("Cache-Control", ""),
            "policy": directives.get("default-src") == ["'none'"]
            and sources <= {"'none'", "'self'", "data:"},
            "frames": directives.get("frame-ancestors") == ["'none'"],
            "permissions": "geolocation=()" in answer.get("Permissions-Policy", ""),
        }
        wrong += [(name, answer.status_code, check) for check, right in checks.items() if not right]
        if answer.get("Content-Type", "").startswith("text/html"):
            page = answer.whole.decode() if hasattr(answer, "whole") else answer.content.decode()
            inline = [
                word for word in ("<style", " style=", " onclick=", " onload=", "javascript:") if word in page
            ]
            wrong += [(name, word) for word in inline]
    assert wrong == []


def test_t51_csrf_is_enforced_on_every_changing_page(committed, uploads, cast):
    stage = stage_of("town", cast)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.users["town"])
    answers = {
        route.name: stage.send(client, route, "POST").status_code
        for route in PAGES
        if "POST" in route.methods
    }
    assert {name: status for name, status in answers.items() if status != 403} == {}


def test_t51_csrf_is_enforced_on_session_requests_of_the_api(committed, cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.users["town"])
    answer = client.patch("/api/v1/orgs/990101001201/", {"population": 1}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_t51_a_page_that_stood_open_too_long_is_told_so(committed, cast):
    """Not that it may not: who signed in again elsewhere only has to refresh."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.users["town"])
    page = client.post("/password/", {"old": "x"}).content.decode()
    assert "页面打开后重新登录过，或放得太久。返回上一页，刷新后再提交。" in page
    assert ("csrf_failed" in page, "当前身份不能办理此事" in page) == (True, False)


def test_t51_trace_is_refused_everywhere(committed, uploads, cast, client_of):
    stage, client = stage_of("city", cast), client_of("city")
    answers = {route.name: stage.send(client, route, "TRACE").status_code for route in PAGES}
    assert {name: status for name, status in answers.items() if status not in (403, 404, 405)} == {}


def test_t51_there_is_no_admin_site(committed, client_of):
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")
    assert client_of("admin").get("/admin/").status_code == 404


def test_t51_pages_for_strangers_name_nobody(committed, cast):
    client = Client()
    names = [user.display_name for user in cast.users.values()] + [area.name for area in cast.areas.values()]
    for route in PAGES:
        if route.methods.get("GET") == PUBLIC:
            page = client.get(route.url).content.decode()
            assert [name for name in names if name in page] == []


def test_t51_a_visit_to_the_login_page_sets_no_session(committed):
    answer = Client().get("/login/")
    assert sorted(answer.cookies) in ([], ["csrftoken"])
