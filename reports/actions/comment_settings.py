"""The city's drafting rules and settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit
from accounts.choices import Role
from accounts.errors import Refusal
from reports import audit_types
from reports.actions.comments import checked
from reports.models import CommentRule, CommentSetting
from reports.queries.comment_rules import rules_in_force, setting_of
from reports.rules.comment_sentences import RULES, check_params, check_wording

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round

SETTINGS = ("by_city", "by_county", "by_township", "reply_hours", "escalate_hours", "demand", "praise")


class StaleSetting(Refusal):
    """Somebody changed the rule or the settings meanwhile; screen and API set both texts beside each other."""

    def __init__(self, code: str, message: str, source: str) -> None:
        super().__init__(code, message, field="version", source=source, status=409)


def _require_city(by: "Scope", round: "Round") -> None:
    if by.role != Role.CITY_OFFICE or by.area is None or by.area.pk != round.area_id:
        raise PermissionDenied


@transaction.atomic
def change_rule(
    round: "Round",
    code: str,
    *,
    version: int,
    enabled: bool,
    params: Mapping[str, Any],
    wording: str,
    by: "Scope",
) -> CommentRule:
    """Another version of a rule; what was drafted by the old one keeps its number. Nothing changed: refused."""
    _require_city(by, round)
    spec = RULES.get(code)
    if spec is None:
        raise Refusal("rule_unknown", "没有这条规则", field="code", source="起草规则", status=404)
    before = next(rule for rule in rules_in_force(round) if rule.code == code)
    if before.version != version:
        raise StaleSetting(
            "rule_changed", f"这条规则已改到第 {before.version} 版，请对照后再保存", "起草规则"
        )
    wording = wording.strip()
    check_wording(spec, wording)
    limits = check_params(spec, params)
    if (before.enabled, dict(before.params), before.wording) == (enabled, limits, wording):
        raise Refusal("rule_unchanged", "没有改动", field="code", source="起草规则")
    rule = CommentRule(
        round_id=round.pk, area_id=round.area_id, code=code, version=version + 1, enabled=enabled, params=limits,
        wording=wording, made_by=by.assignment, made_by_name=by.name,
    )  # fmt: skip
    checked(rule, "made_by")
    audit.act(
        by, audit_types.COMMENT_RULE_CHANGED, CommentRule,
        before={"code": code, "version": version, "enabled": before.enabled, "wording": before.wording},
        after={"code": code, "version": version + 1, "enabled": enabled, "wording": wording},
    )  # fmt: skip
    rule.save()
    return rule


@transaction.atomic
def change_setting(round: "Round", *, version: int, by: "Scope", **values: Any) -> CommentSetting:
    """Which levels write, how many hours an answer takes, when it goes up, and the usual demand."""
    _require_city(by, round)
    setting = CommentSetting.objects.select_for_update().filter(round=round).first() or setting_of(round)
    if setting.version != version:
        raise StaleSetting(
            "setting_changed", f"设置已改到第 {setting.version} 版，请对照后再保存", "点评设置"
        )
    before = {name: getattr(setting, name) for name in SETTINGS}
    for name in SETTINGS:
        setattr(setting, name, values[name])
    setting.version += 1
    checked(setting)
    audit.act(
        by, audit_types.COMMENT_SETTING_CHANGED, CommentSetting, before=before,
        after={name: getattr(setting, name) for name in SETTINGS},
    )  # fmt: skip
    setting.save()
    return setting
