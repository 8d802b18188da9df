"""The documents say what is there: links resolve, roles and words exist, no address but the known ones."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.urls import get_resolver

from accounts.choices import Role

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)")
ADDRESS = re.compile(r"https?://[^\s)`'\"<>，。；）]+")
ABSOLUTE = re.compile(r"(?<![\w.:/…*<>}\])-])/([A-Za-z][\w.-]*)")
HOSTS = {"127.0.0.1", "keepachangelog.com", "huanjie.example.gov.cn"}
# Folders that the documents may name beside the site's own addresses.
FOLDERS = {"etc", "srv", "var", "login", "api"}


def documents() -> list[Path]:
    """The pages at the top, in docs/ and beside the code."""
    folders = (
        "docs",
        *(config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT),
    )
    beside = [page for folder in folders for page in (ROOT / folder).rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *beside])


def anchors(text: str) -> set[str]:
    """Names of the headings as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def broken_links(document: Path, text: str) -> list[str]:
    """Relative links of a document that lead nowhere."""
    wrong = []
    for target in LINK.findall(text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        found = (document.parent / name).resolve() if name else document
        stands = found.exists() and found.is_relative_to(ROOT)
        if not stands or (anchor and anchor not in anchors(found.read_text())):
            wrong.append(target)
    return wrong


def foreign_addresses(text: str) -> list[str]:
    """Addresses of hosts that are not in the list, and absolute paths that are neither ours nor usual."""
    first = {str(entry.pattern).strip("^").split("/")[0] for entry in get_resolver().url_patterns}
    first |= {str(inner.pattern).split("/")[0] for entry in get_resolver().url_patterns
              for inner in getattr(entry, "url_patterns", [])}  # fmt: skip
    hosts = [host for url in ADDRESS.findall(text) if (host := urlsplit(url).hostname or "") not in HOSTS]
    paths = [name for name in ABSOLUTE.findall(ADDRESS.sub("", text)) if name not in first | FOLDERS]
    return hosts + paths


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere_and_addresses_are_known(document):
    text = document.read_text()
    assert broken_links(document, text) == []
    assert foreign_addresses(text) == []


@pytest.mark.parametrize(
    ("text", "links", "addresses"),
    [
        ("[a](docs/nowhere.md)", ["docs/nowhere.md"], []),
        ("[a](README.md#no-such-head)", ["README.md#no-such-head"], []),
        ("[a](../outside.md)", ["../outside.md"], []),
        ("see https://mirror.example/simple and http://127.0.0.1:8000", [], ["mirror.example"]),
        ("kept in /home/somebody and /orgs/", [], ["home"]),
    ],
)
def test_planted_errors_are_seen(text, links, addresses):
    assert broken_links(ROOT / "planted.md", text) == links
    assert foreign_addresses(text) == addresses


def test_there_is_a_readme_in_every_app():
    ours = [config for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
    missing = [config.label for config in ours if not (Path(config.path) / "README.md").exists()]
    assert [name for name in missing if name != "config"] == []


def test_the_page_of_roles_lists_every_role_with_its_label():
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", (ROOT / "docs/roles.md").read_text(), flags=re.M)
    assert rows == [(role.value, role.label) for role in Role]


def test_what_the_glossary_names_exists():
    """A file, or a word of the source."""
    source = "\n".join(
        path.read_text()
        for app in ("accounts", "elections", "candidates", "reports")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
    )
    unknown = []
    for line in (ROOT / "docs/glossary.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`([^`]+)`", cells[2]) if len(cells) == 3 else []:
            if "/" in name:
                found = (ROOT / name).exists()
            else:
                found = re.search(rf"\b{re.escape(name.rstrip('_…').split('.')[-1].split(':')[-1])}", source)
            if not found:
                unknown.append(name)
    assert unknown == []
