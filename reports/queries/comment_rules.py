"""The drafting rules and settings of a round as they hold now."""

from collections import defaultdict
from typing import TYPE_CHECKING

from accounts.choices import Level
from reports.models import CommentRule, CommentSetting
from reports.rules.comment_sentences import RULES, RuleInForce, first_version

if TYPE_CHECKING:
    from elections.models import Round


def rules_in_force(round: "Round", using: str = "default") -> list[RuleInForce]:
    """Every rule in its newest version, in the order of the table. One query."""
    newest = {
        row.code: row
        for row in CommentRule.objects.using(using)
        .filter(round=round)
        .order_by("code", "-version")
        .distinct("code")
    }
    found = []
    for spec in RULES.values():
        row = newest.get(spec.code)
        if row is None:
            found.append(first_version(spec))
        else:
            params = {**spec.params, **row.params}
            found.append(RuleInForce(spec, row.version, row.enabled, params, row.wording))
    return found


def changed_versions(round: "Round") -> dict[str, list[CommentRule]]:
    """Every changed version by rule, the newest first. One query."""
    found: dict[str, list[CommentRule]] = defaultdict(list)
    for row in CommentRule.objects.filter(round=round).order_by("code", "-version"):
        found[row.code].append(row)
    return found


def setting_of(round: "Round", using: str = "default") -> CommentSetting:
    """What the city has set; unsaved defaults where it has set nothing. One query."""
    found = CommentSetting.objects.using(using).filter(round=round).first()
    return found or CommentSetting(round_id=round.pk, area_id=round.area_id)


def writing_levels(setting: CommentSetting) -> list[int]:
    """Levels that write comments, from the top down."""
    chosen = (
        (Level.CITY, setting.by_city),
        (Level.COUNTY, setting.by_county),
        (Level.TOWNSHIP, setting.by_township),
    )
    return [level for level, on in chosen if on]
