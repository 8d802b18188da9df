"""Sample data of the components page; every figure and name is invented."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms


class KitForm(forms.Form):
    """Shows a field at rest, one with help, one in error, a choice and a tick."""

    village = forms.CharField(label="村(社区)名称", initial="后溪村")
    voters = forms.IntegerField(label="登记选民", help_text="截至选民名单公布日", min_value=0)
    kind = forms.ChoiceField(label="类型", choices=[("village", "村"), ("community", "社区")])
    due = forms.ChoiceField(
        label="是否应换届", choices=[("1", "应换届"), ("0", "不应换届")], widget=forms.RadioSelect
    )
    pilot = forms.BooleanField(label="试点村", required=False)
    note = forms.CharField(label="不应换届理由", widget=forms.Textarea(attrs={"rows": 2}), required=False)


# Label, state, words beside it, how it is drawn besides its colour.
STATES = [
    ("草稿", "draft", "", "虚线"),
    ("已报", "filed", "已报 16:58", "勾"),
    ("迟报", "late", "迟报 12分", "左侧粗条"),
    ("退回", "returned", "", "双线"),
    ("重开", "reopened", "重开更正，第 2 稿", "点线"),
    ("缺报", "missing", "", "反白"),
    ("阻断", "blocked", "", "锁、斜纹"),
    ("密封", "sealed", "", "信封、斜纹"),
    ("等待", "waiting", "待提名", "细灰线"),
]
WEEKS = [
    "9-29",
    "10-6",
    "10-13",
    "10-20",
    "10-27",
    "11-3",
    "11-10",
    "11-17",
    "11-24",
    "12-1",
    "12-8",
    "12-15",
]
RED = [318, 296, 271, 254, 228, 207, 186, 168, 149, 131, 112, 96]
ORANGE = [861, 842, 820, 796, 771, 744, 707, 668, 632, 590, 551, 512]


def kit_context(now: dt.datetime) -> dict[str, Any]:
    """Context of `accounts/kit.html` as seen at `now`."""
    return {
        "now": now,
        "far": now + dt.timedelta(days=1, hours=6, seconds=30),
        "soon": now + dt.timedelta(hours=2, minutes=14, seconds=30),
        "past": now - dt.timedelta(days=1, hours=4),
        "steps": [("金华市", "#"), ("金东区", "#"), ("岭下镇", "#"), ("构件", "")],
        "before": ("岭五村", "#"),
        "after": ("王山头村", "#"),
        "path": [("金华市 1,402", "#"), ("兰溪市 144", "#"), ("选民名单公布迟 17 个村", "")],
        "options": [("当日", "#", True), ("累计", "#", False), ("比上周", "#", False)],
        "chips": [
            {"label": "类型", "value": "社区", "remove_url": "?"},
            {"label": "是否应换届", "value": "应换届", "remove_url": "?"},
        ],
        "day_states": {"draft", "filed", "late", "missing", "returned", "reopened", "waiting", "off"},
        "states": STATES,
        "trend": {
            "kind": "bars",
            "stacked": True,
            "labels": WEEKS,
            "series": [
                {"name": "红", "colour": "red", "values": RED},
                {"name": "橙", "colour": "orange", "values": ORANGE},
            ],
        },
        "form": KitForm({"village": "后溪村", "voters": "-3", "kind": "village", "pilot": "on"}),
    }
