"""The field for a unit: type a name, pinyin or code and choose (static/js/picker.js); a code or name alone does, too.

class MoveForm(AreaForm):
    parent = AreaField(label="划入", levels=(Level.COUNTY, Level.TOWNSHIP))
    units = AreaField(label="单位", many=True)

form = MoveForm(request.POST, scope=request.scope)      # cleaned: Area or None; with `many` a list
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Area
from accounts.queries.picking import label_of, picked

if TYPE_CHECKING:
    from accounts.scope import Scope

LENGTH, LONG = 100, 16_000
HOW = "写名称、拼音或代码，从列出的里选。"


def picker(
    name: str, value: str, *, levels: Collection[int] = (), many: bool = False, under: str = "", **attrs: Any
) -> dict[str, Any]:
    """What `components/area_picker.html` needs. `under`: name of the field whose unit the choice stands below."""
    only = "".join(str(int(level)) for level in sorted(levels))
    url = reverse("areas:pick") + (f"?{urlencode({'levels': only})}" if only else "")
    attrs = {"id": f"pick-{name}", "maxlength": LONG if many else LENGTH, **attrs}
    return {
        "name": name,
        "value": value,
        "many": many,
        "under": under,
        "url": url,
        "id": attrs["id"],
        "attrs": flatatt(attrs),
    }


class AreaInput(forms.TextInput):
    """One line, or with `many` a box of lines."""

    def __init__(self, *, levels: Collection[int] = (), many: bool = False, under: str = "") -> None:
        super().__init__()
        self.options = {"levels": levels, "many": many, "under": under}

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> str:
        given = self.build_attrs(self.attrs, attrs)
        return render_to_string(
            "components/area_picker.html", picker(name, value or "", **self.options, **given)
        )


class AreaField(forms.CharField):
    """A unit of the reader's area, or several. The form gives it the scope (`AreaForm`)."""

    scope: "Scope"

    def __init__(
        self, *, levels: Collection[int] = (), many: bool = False, under: str = "", **options: Any
    ) -> None:
        self.levels, self.many = levels, many
        options.setdefault("max_length", LONG if many else LENGTH)
        super().__init__(widget=AreaInput(levels=levels, many=many, under=under), **options)

    def prepare_value(self, value: Any) -> Any:
        """Units as they are written; what was typed stays as it is."""
        if isinstance(value, Area):
            return label_of(value)
        return "\n".join(map(label_of, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The unit or None; with `many` a list. Refusals of `picked`."""
        text = super().clean(value)
        found = picked(self.scope, text, levels=self.levels, many=self.many)
        return found if self.many else next(iter(found), None)


class AreaForm(forms.Form):
    """A form with fields for units; they find what the reader may see."""

    def __init__(self, *args: Any, scope: "Scope", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AreaField):
                field.scope = scope
