"""What was typed into a form, put back into that form on a page that is drawn again.

A page is read with the standard library's parser and only start tags and the content of text areas are exchanged, so
that this holds for every form however its template is written. Hidden fields, passwords and files stay as drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.http import QueryDict

Attributes = dict[str, str | None]
# As drawn: marks and versions are the page's own; passwords are typed again; a file cannot be given back.
UNTOUCHED = ("hidden", "password", "file", "submit", "button", "reset", "image")
CHOICES = ("checkbox", "radio")


@dataclass
class Field:
    """One field of a page: its start tag, and for a text area what stands in it."""

    tag: str
    attributes: Attributes
    start: int
    end: int
    content: tuple[int, int] = (0, 0)
    options: list[Field] = field(default_factory=list)
    text: str = ""

    @property
    def name(self) -> str:
        return self.attributes.get("name") or ""

    @property
    def kind(self) -> str:
        return (self.attributes.get("type") or "text").lower() if self.tag == "input" else self.tag

    @property
    def value(self) -> str:
        given = self.attributes.get("value")
        return given if given is not None else (self.text.strip() if self.tag == "option" else "")


@dataclass
class Form:
    """One form: where it is sent to, what it lies folded up in, its fields and buttons in the order of the page."""

    action: str
    key: str
    start: Field
    folded: list[Field]
    fields: list[Field] = field(default_factory=list)

    def misfit(self, posted: QueryDict, own: tuple[str, ...]) -> int:
        """In how many names the submission differs from what this form sends; several may go to one address."""
        fixed = [one for one in self.fields if one.kind == "hidden" and one.name not in own]
        other = sum(one.value not in posted.getlist(one.name) for one in fixed)
        names = {one.name for one in self.fields if one.tag != "button"}
        pressed = {(one.name, one.value) for one in self.fields if one.tag == "button"}
        strange = sum(
            not any((name, value) in pressed for value in values)
            for name, values in posted.lists()
            if name not in names and name not in own
        )
        return other + strange


class Reading(HTMLParser):
    """The forms of a page with the places of their fields."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._lines = [0]
        for line in page.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._form: Form | None = None
        self._outside: list[Field] = []
        self._folded: list[Field] = []
        self._select: Field | None = None
        self._open: Field | None = None
        self.feed(page)
        self.close()
        keys = {form.key: form for form in self.forms if form.key}
        for one in self._outside:
            if owner := keys.get(one.attributes.get("form") or ""):
                owner.fields.append(one)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._at()
        found = Field(tag, dict(attrs), start, start + len(self.get_starttag_text() or ""))
        if tag in ("details", "dialog"):
            self._folded.append(found)
        elif tag == "form":
            action, key = found.attributes.get("action") or "", found.attributes.get("id") or ""
            self._form = Form(urlsplit(action).path, key, found, list(self._folded))
            self.forms.append(self._form)
        elif tag == "option" and self._select is not None:
            self._select.options.append(found)
            self._open = found
        elif tag in ("input", "textarea", "select", "button"):
            self._field(found)

    def _field(self, found: Field) -> None:
        if found.tag == "select":
            self._select = found
        elif found.tag == "textarea":
            self._open = found
        if "form" in found.attributes:
            self._outside.append(found)
        elif self._form is not None:
            self._form.fields.append(found)

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._open is not None:
            self._open.content = (self._open.end, self._at())
        if tag in ("textarea", "option"):
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._form = None
        elif tag in ("details", "dialog") and self._folded:
            self._folded.pop()


def refill(
    page: str, path: str, action: str, posted: QueryDict, own: tuple[str, ...], said: str = ""
) -> tuple[str, set[str]]:
    """`page` (of `path`) with the form that was sent to `action` filled as it was sent; names it has a place for.

    `own` are names that every form carries (csrf mark, key of the submission); `said` is markup for the form's head.
    """
    forms = [form for form in Reading(page).forms if (form.action or path) == action]
    if not forms:
        return page, set()
    form = min(forms, key=lambda one: one.misfit(posted, own))
    edits: list[tuple[int, int, str]] = []
    times: dict[str, int] = {}
    for one in form.fields:
        if one.name and one.kind not in UNTOUCHED and "disabled" not in one.attributes:
            nth = times[one.name] = times.get(one.name, -1) + 1
            edits += _filled(one, posted.getlist(one.name), nth)
    edits += [_tag(one, open="") for one in form.folded if "open" not in one.attributes]
    edits += [_tag(form.start, **{"data-again": ""}), (form.start.end, form.start.end, said)]
    for start, end, text in sorted(edits, reverse=True):
        page = page[:start] + text + page[end:]
    return page, {one.name for one in form.fields}


def _filled(one: Field, values: list[str], nth: int) -> list[tuple[int, int, str]]:
    """Exchanges that make a field show what was sent of it; none where nothing of it was sent."""
    if one.kind in CHOICES:
        return [_flag(one, "checked", (one.attributes.get("value") or "on") in values)]
    if nth >= len(values):
        return []
    if one.tag == "textarea":
        # A browser drops a line break right after the tag; ours keeps the one that was typed.
        return [(*one.content, "\n" + escape(values[nth]))] if one.content[0] else []
    if one.tag == "select":
        wanted = values if "multiple" in one.attributes else [values[nth]]
        return [_flag(option, "selected", option.value in wanted) for option in one.options]
    return [_tag(one, value=values[nth])]


def _flag(one: Field, name: str, on: bool) -> tuple[int, int, str]:
    rest = Field(one.tag, {k: v for k, v in one.attributes.items() if k != name}, one.start, one.end)
    return _tag(rest, **({name: ""} if on else {}))


def _tag(one: Field, **changes: str) -> tuple[int, int, str]:
    """The start tag of a field with other attributes."""
    parts = [
        f" {name}"
        if value is None or (value == "" and name in changes and name != "value")
        else f' {name}="{escape(value)}"'
        for name, value in {**one.attributes, **changes}.items()
    ]
    return one.start, one.end, f"<{one.tag}{''.join(parts)}>"
