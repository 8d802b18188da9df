"""No page shows a link or a button that its reader is refused: the menu, and every page the menu leads to, by role."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.http import Http404
from django.urls import resolve

from accounts.choices import ALL_ROLES
from tests.security.stage import ACTORS, Listed

MOST = 40


class Doors(HTMLParser):
    """What a page leads to: (method, path)."""

    def __init__(self, page: str, url: str) -> None:
        super().__init__()
        self.url, self.found = url, []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self._add("GET", given["href"])
        elif tag == "form":
            self._add((given.get("method") or "get").upper(), given.get("action") or "")

    def _add(self, method: str, address: str) -> None:
        target = urlsplit(urljoin(self.url, address))
        if not target.netloc and not target.path.startswith("/static/"):
            self.found.append((method, f"{target.path}?{target.query}" if target.query else target.path))


def refused(method: str, address: str, role: str) -> bool:
    """Whether the door behind an address is closed to this role, or there is no door."""
    try:
        match = resolve(urlsplit(address).path)
    except Http404:
        return True
    roles = Listed(match.view_name, "", match.func).roles(method)
    return role not in roles and "public" not in roles


@pytest.mark.parametrize("role", ALL_ROLES)
def test_no_page_shows_a_closed_door(role, committed, client_of):
    client, waiting, seen, closed = client_of(ACTORS[role]), ["/"], set(), []
    while waiting and len(seen) < MOST:
        url = waiting.pop(0)
        screen = urlsplit(url).path
        if screen in seen:
            continue
        seen.add(screen)
        answer = client.get(url, follow=True)
        if answer.status_code >= 400:
            closed.append((answer.status_code, url))
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            answer.close()
            continue
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else url
        for method, address in Doors(answer.content.decode(), here).found:
            if refused(method, address, role):
                closed.append((method, address, screen))
            elif method == "GET" and urlsplit(address).path not in seen:
                waiting.append(address)
    assert closed == []


def test_negative_control_a_door_that_is_closed_is_seen():
    assert refused("GET", "/wall/", "township")
    assert refused("GET", "/nowhere/", "township")
    assert not refused("POST", "/logout/", "township")
