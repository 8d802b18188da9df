"""The form of a dated change of the tree: each kind has its own fields, and shows no other."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from django import forms

from accounts.area_fields import HOW, AreaField, AreaForm
from accounts.choices import AreaOperationKind, Level
from accounts.errors import Refusal
from accounts.rules.area_operations import KINDS, SOURCE

if TYPE_CHECKING:
    from accounts.scope import Scope

CHANGED: Final = (Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE)
PARENTS: Final = (Level.CITY, Level.COUNTY, Level.TOWNSHIP)
ALWAYS: Final = ("kind", "effective_on", "reason")
# Field → what it is called in a change of the kind, in the order of the form.
FIELDS: Final[dict[str, dict[str, str]]] = {
    AreaOperationKind.RENAME: {"units": "要更名的单位", "name": "新名称"},
    AreaOperationKind.RETYPE: {"units": "要改类型的单位", "unit_kind": "新类型", "name": "新名称"},
    AreaOperationKind.MOVE: {"units": "要划转的单位", "parent": "划入的上级"},
    AreaOperationKind.MERGE: {
        "units": "要合并的单位",
        "into": "并入其中哪个单位",
        "code": "新设单位的代码",
        "name": "合并后的名称",
        "unit_kind": "新设单位的类型",
    },
    AreaOperationKind.SPLIT: {
        "units": "从哪个单位析出",
        "name": "新单位的名称",
        "code": "新单位的代码",
        "unit_kind": "新单位的类型",
        "children": "随同划出的下级",
    },
}
# What each kind does, in a sentence of the first step.
DOES: Final[dict[str, str]] = {
    AreaOperationKind.RENAME: "一个单位换名称，代码和上下级不变。",
    AreaOperationKind.RETYPE: "乡改镇、镇改街道、村改社区；可同时换名称。",
    AreaOperationKind.MOVE: "一个或几个单位划到另一个上级之下。",
    AreaOperationKind.MERGE: "几个单位并入其中一个，或合并为新设的单位。",
    AreaOperationKind.SPLIT: "从一个单位析出新设的单位，下级可随同划出。",
}
SEVERAL: Final = (AreaOperationKind.MOVE, AreaOperationKind.MERGE)
ONE_A_LINE = "一行一个，可整列粘贴代码。"


class AreaOperationForm(AreaForm):
    """A dated change of the tree of one kind (`kind`); `plan()` is what the action takes."""

    kind = forms.ChoiceField(choices=AreaOperationKind.choices, widget=forms.HiddenInput)
    units = AreaField(levels=CHANGED, help_text=HOW)
    into = AreaField(levels=CHANGED, required=False, help_text="保留它的代码，其余单位撤销；新设单位的不填。")
    parent = AreaField(levels=PARENTS, help_text=HOW)
    code = forms.CharField(max_length=12, required=False)
    name = forms.CharField(max_length=60)
    unit_kind = forms.ChoiceField(
        choices=[
            ("", "—"),
            *(
                (Level(level).label, [(kind.value, kind.label) for kind in kinds])
                for level, kinds in KINDS.items()
            ),
        ]
    )
    children = AreaField(
        levels=CHANGED,
        many=True,
        under="units",
        required=False,
        help_text=f"析出村(社区)的不填；{ONE_A_LINE}",
    )
    effective_on = forms.DateField(
        label="生效日",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="今天或以前的，审批后即执行。",
    )
    reason = forms.CharField(label="依据", max_length=200, help_text="批文号或会议纪要。")

    def __init__(self, *args: Any, chosen: str, scope: "Scope", **kwargs: Any) -> None:
        super().__init__(*args, scope=scope, **kwargs)
        labels = FIELDS[chosen]
        if chosen in SEVERAL:
            self.fields["units"] = AreaField(levels=CHANGED, many=True, help_text=f"{HOW}{ONE_A_LINE}")
            self.fields["units"].scope = scope
        for name in set(self.fields) - {*labels, *ALWAYS}:
            del self.fields[name]
        for name, label in labels.items():
            self.fields[name].label = label
        self.order_fields(["kind", *labels, "effective_on", "reason"])
        self._ask_less(chosen)
        self.chosen = chosen
        self.initial["kind"] = chosen

    def _ask_less(self, chosen: str) -> None:
        """What may be left empty in this kind, and why."""
        if chosen == AreaOperationKind.MERGE:
            for name in ("name", "unit_kind"):
                self.fields[name].required = False
            self.fields["name"].help_text = "并入其中一个单位、名称不变的不填。"
            self.fields["code"].help_text = self.fields["unit_kind"].help_text = "并入其中一个单位的不填。"
        elif chosen == AreaOperationKind.RETYPE:
            self.fields["name"].required = False
            self.fields["name"].help_text = "名称不变的不填。"
        elif chosen == AreaOperationKind.SPLIT:
            self.fields["code"].required = True

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.chosen == AreaOperationKind.MERGE and "into" in given and "code" in given:
            self._check_target(given)
        return given

    def _check_target(self, given: dict[str, Any]) -> None:
        into, code = given["into"], given["code"].strip()
        if into is not None and code and code != into.code:
            self.add_error("code", _refusal("area_into_and_new", "已选并入的单位，新设单位的代码请删去"))
        elif into is None and not code:
            self.add_error("into", _refusal("area_into_or_new", "选并入哪个单位；新设单位的写新设单位的代码"))

    def plan(self) -> dict[str, Any]:
        """The plan as `AreaOperation.plan` keeps it: codes of units, and what else was filled in."""
        given = self.cleaned_data
        units, into = _listed(given["units"]), given.get("into")
        if into is not None and into not in units:
            units = [*units, into]
        parent = given.get("parent")
        plan: dict[str, Any] = {
            "units": _codes(units),
            "children": _codes(given.get("children") or []),
            "parent": parent.code if parent else "",
            "code": into.code if into else given.get("code", "").strip(),
            **{key: given.get(key, "").strip() for key in ("name", "unit_kind")},
        }
        return {key: value for key, value in plan.items() if value}


def kinds(chosen: str) -> list[tuple[str, str, str, bool]]:
    """(value, word, what it does, whether it is chosen) of each kind."""
    return [(kind.value, str(kind.label), DOES[kind], kind == chosen) for kind in AreaOperationKind]


def carried(form: AreaOperationForm, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was typed into fields of another kind: carried along unseen, there again when that kind is chosen."""
    names = {name for labels in FIELDS.values() for name in labels} - set(form.fields)
    return [(name, given[name]) for name in sorted(names) if given.get(name)]


def _listed(found: Any) -> list[Any]:
    return list(found) if isinstance(found, Collection) else [found]


def _codes(units: list[Any]) -> list[str]:
    return [unit.code for unit in units]


def _refusal(code: str, message: str) -> Refusal:
    return Refusal(code, message, source=SOURCE)
