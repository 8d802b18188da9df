"""Whose address counts: the caller's own, or what a proxy says that we trust."""

import importlib

import pytest

import config.wsgi


def address_seen(monkeypatch: pytest.MonkeyPatch, trusted: str) -> str:
    """REMOTE_ADDR that the application sees of a request with a forwarded address."""
    monkeypatch.setenv("CUNXUAN_TRUSTED_PROXIES", trusted)
    monkeypatch.setattr(
        "django.core.wsgi.get_wsgi_application", lambda: lambda environ, start: environ["REMOTE_ADDR"]
    )
    application = importlib.reload(config.wsgi).application
    return application({"REMOTE_ADDR": "172.18.0.9", "HTTP_X_FORWARDED_FOR": "10.3.4.5"}, None)


@pytest.fixture(autouse=True)
def original():
    yield
    importlib.reload(config.wsgi)


def test_a_trusted_proxy_names_the_caller(monkeypatch):
    assert address_seen(monkeypatch, "*") == "10.3.4.5"
    assert address_seen(monkeypatch, "172.18.0.0/16") == "10.3.4.5"


def test_nobody_else_does(monkeypatch):
    assert address_seen(monkeypatch, "") == "172.18.0.9"
    assert address_seen(monkeypatch, "172.18.0.1") == "172.18.0.9"
