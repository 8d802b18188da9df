"""起草规则: limits, wording and use of each rule with its versions; which levels write and how long answers take."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.both_texts import Differing, differing, with_version
from accounts.choices import OFFICE_ROLES, Role
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.typed_again import say_no
from elections.models import Round
from reports.actions.comment_settings import SETTINGS, StaleSetting, change_rule, change_setting
from reports.forms_comments import RuleForm, SettingForm
from reports.queries.comment_rules import changed_versions, rules_in_force, setting_of
from reports.rules.comment_measures import MEASURES
from reports.rules.comment_sentences import RULES, WORDS
from reports.rules.comment_wording import read, shown
from reports.views.units import force_of, refused


@allow(*OFFICE_ROLES)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule as it holds; the city changes them, the offices below read by what they are judged."""
    try:
        round = force_of(request).round
    except Refusal as refusal:
        return refused(request, refusal, title="起草规则")
    return _page(request, round)


def _page(request: HttpRequest, round: Round, status: int = 200, **bound: object) -> HttpResponse:
    may = request.scope.has(Role.CITY_OFFICE) and request.scope.unit == request.scope.area
    versions = changed_versions(round)
    setting = setting_of(round)
    context = {
        "round": round,
        "steps": [("点评", reverse("comments:list")), ("起草规则", "")],
        "may": may,
        "rows": [
            {
                "rule": rule,
                "form": bound.get(rule.code) or RuleForm(rule),
                "wording": shown(rule.wording),
                "versions": [(version, shown(version.wording)) for version in versions.get(rule.code, [])],
                "limits": [(label, rule.params[name]) for name, label in rule.spec.labels.items()],
            }
            for rule in rules_in_force(round)
        ],
        "setting": setting,
        "setting_form": bound.get("setting")
        or SettingForm(initial={name: getattr(setting, name) for name in (*SETTINGS, "version")}),
        "both": bound.get("both"),
        "both_what": bound.get("both_what"),
        "measures": [(measure.label, measure.unit) for measure in MEASURES.values()],
        "words": WORDS.values(),
    }
    return render(request, "reports/comments/rules.html", context, status=status)


def _stale(
    request: HttpRequest, round: Round, stale: StaleSetting, rows: list[Differing], what: str, **bound: object
) -> HttpResponse:
    """Both texts above the page; the form keeps what was typed, so that saving again is a decision."""
    say_no(request, stale)
    return _page(request, round, 409, both=rows, both_what=what, **bound)


@allow(Role.CITY_OFFICE)
@require_POST
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Another version of a rule."""
    round = force_of(request).round
    found = next((rule for rule in rules_in_force(round) if rule.code == code), None)
    if found is None:
        raise Refusal("rule_unknown", "没有这条规则", field="code", source="起草规则", status=404)
    form = RuleForm(found, request.POST)
    if not form.is_valid():
        return _page(request, round, 400, **{code: form})
    given = form.cleaned_data
    try:
        changed = change_rule(
            round,
            code,
            version=given["version"],
            enabled=given["enabled"],
            params={name: given[name] for name in found.spec.labels},
            wording=read(given["wording"]),
            by=request.scope,
        )
    except StaleSetting as stale:
        now = next(rule for rule in rules_in_force(round) if rule.code == code)
        rows = differing(form, RuleForm(now).initial)
        mine = RuleForm(now, with_version(request.POST, now.version))
        return _stale(request, round, stale, rows, f"规则“{RULES[code].label}”", **{code: mine})
    except ValidationError as error:
        form.add_error("wording", error.messages[0])
        say_no(request, error)
        return _page(request, round, getattr(error, "status", 400), **{code: form})
    messages.success(request, f"“{RULES[code].label}”已改到第 {changed.version} 版，从下一次起草起用")
    return redirect(reverse("comments:rules") + f"#{code}")


@allow(Role.CITY_OFFICE)
@require_POST
def settings(request: HttpRequest) -> HttpResponse:
    """Levels, hours and the usual words."""
    round, form = force_of(request).round, SettingForm(request.POST)
    if not form.is_valid():
        return _page(request, round, 400, setting=form)
    given = form.cleaned_data
    try:
        change_setting(
            round, version=given["version"], by=request.scope, **{name: given[name] for name in SETTINGS}
        )
    except StaleSetting as stale:
        now = setting_of(round)
        rows = differing(form, {name: getattr(now, name) for name in SETTINGS})
        mine = SettingForm(with_version(request.POST, now.version))
        return _stale(request, round, stale, rows, "点评设置", setting=mine)
    except ValidationError as error:
        say_no(request, error)
        return _page(request, round, getattr(error, "status", 400), setting=form)
    messages.success(request, "点评设置已保存")
    return redirect("comments:rules")
