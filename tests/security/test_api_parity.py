"""What can be done on a screen can be done through the API: each changing route of a page has its counterpart."""

import pytest

from tests.security.expected_api import API
from tests.security.expected_routes import PAGES
from tests.security.route_kinds import EVERYBODY, Route

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
# Screen route: the API routes that do the same, by the same roles.
COUNTERPARTS: dict[str, tuple[str, ...]] = {
    "login": ("api-token",),
    "logout": ("api-token-revoke",),
    "users:create": ("api-users",),
    "users:grant": ("api-user-assignments",),
    "users:active": ("api-user-active",),
    "users:password": ("api-user-password",),
    "users:decide": ("api-grant-request",),
    "users:factor": ("api-user-factor",),
    "users:end": ("api-assignment-end",),
    "own-phone": ("api-me-phone",),
    "reveals:show": ("api-reveal",),
    "reveals:consent-ask": ("api-reveal-consents",),
    "reveals:consent-decide": ("api-reveal-consent",),
    "areas:change-new": ("api-area-changes",),
    "areas:change-decide": ("api-area-change-decide",),
    "areas:changes-decide": ("api-area-changes-decide",),
    "areas:change-cancel": ("api-area-change-cancel",),
    "areas:change-withdraw": ("api-area-change-withdraw",),
    "areas:electorate": ("api-area-electorate",),
    "schedules:new": ("api-schedules",),
    "schedules:pause": ("api-schedule-pause",),
    "schedules:resume": ("api-schedule-resume",),
    "schedules:delete": ("api-schedule-delete",),
    "filters:save": ("api-filters",),
    "filters:change": ("api-filter",),
    "filters:delete": ("api-filter-delete",),
    "notices:settings": ("api-notice-settings",),
    "notices:read-all": ("api-notices-read-all",),
    "notices:read": ("api-notice-read",),
    "jobs:cancel": ("api-jobs:cancel",),
    "jobs:restart": ("api-jobs:restart",),
    "imports:start": ("api-imports:start",),
    "imports:export": ("api-imports:export",),
    "imports:columns": ("api-imports:columns",),
    "imports:write": ("api-imports:write",),
    "imports:discard": ("api-imports:discard",),
    "audit:verify": ("audit-verify",),
    "elections:counts-export": ("api-counts-export",),
    "elections:org-edit": ("api-org-detail",),
    "elections:round-new": ("api-round-list",),
    "elections:round-edit": ("api-round-detail",),
    "elections:round-open": ("api-round-open",),
    "reports:daily-day": ("api-daily:draft",),
    "reports:daily-import": ("api-daily:import", "api-daily:draft"),
    "reports:daily-check": ("api-daily:draft", "api-daily:file"),
    "reports:daily-ask": ("api-daily:ask",),
    "reports:daily-answer": ("api-daily:answer",),
    "reports:daily-return": ("api-daily:return",),
    "reports:daily-reopen": ("api-daily:reopen",),
    "reports:daily-recall": ("api-daily:recall",),
    "reports:forward": ("api-forwards:forward",),
    "reports:forward-return": ("api-forwards:return",),
    "reports:forward-reopen": ("api-forwards:reopen",),
    "reports:daily-cut-offs": ("api-reports:cut-offs",),
    "reports:daily-item-add": ("api-reports:items",),
    "reports:daily-item-end": ("api-reports:item-end",),
    "comments:save": ("api-comments:comment", "api-comments:moves"),
    "comments:send": ("api-comments:send",),
    "comments:send-all": ("api-comments:send",),
    "comments:skip": ("api-comments:moves",),
    "comments:restore": ("api-comments:moves",),
    "comments:merge": ("api-comments:moves",),
    "comments:answer": ("api-comments:moves",),
    "comments:settle": ("api-comments:moves",),
    "comments:draft-now": ("api-comments:draft",),
    "comments:note": ("api-comments:notes",),
    "comments:export": ("api-comments:export",),
    "comments:pdf": ("api-comments:pdf",),
    "comments:counts-export": ("api-comments:counts-export",),
    "comments:pin": ("api-comments:pins",),
    "comments:rule": ("api-comments:rule",),
    "comments:settings": ("api-comments:settings",),
    "rollup:export": ("api-reports:rollup-export",),
    "rollup:villages": ("api-reports:villages-export",),
    "rollup:comparison-export": ("api-reports:comparison-export",),
    "publications:publish": ("api-publications:list",),
    "publications:check": ("api-publications:check",),
    "rollup:fold": ("api-reports:fold",),
    "completeness:chase": ("api-reports:chase",),
    "completeness:export": ("api-reports:completeness-export",),
}
# Screen route: why there is nothing like it in the API.
NOT_IN_THE_API: dict[str, str] = {
    "imports:handout": "first passwords go into the hands of a person",
    "jobs:result": "reading it; the POST brings the proof that a program gives at api-step-up",
    "reports:daily-collect": "people's workbooks are looked at one by one; a program writes a day by api-daily:draft",
    "reports:daily-collected": "the second step of daily-collect",
    "reports:daily-offer": "the sheet is looked at beside the draft; api-daily:draft writes the same cells",
    "calendar": "the secret address is shown once, to the person in the browser",
    "calendar-revoke": "as making it; a program holds a token of its own",
    "second-factor": "a person enrols its own second factor in the browser, which ends every token of the account",
    "session": "the clock of a browser's session; a token has none",
    "recovery-codes": "shown once to the person in the browser",
    "security-key-add": "as enrolling: the browser and the key make it",
    "security-key": "as enrolling",
    "second-factor-remove": "as enrolling",
    "password": "a person changes its own password in the browser, which ends every token of the account",
}


def changing(route: Route) -> dict[str, tuple[str, ...]]:
    """Roles of each changing method of a route."""
    return {method: roles for method, roles in route.methods.items() if method in CHANGING}


def unanswered(pages: tuple[Route, ...]) -> list[str]:
    """Changing routes of pages that neither have a counterpart nor a reason to have none."""
    return [
        route.name
        for route in pages
        if changing(route) and route.name not in COUNTERPARTS and route.name not in NOT_IN_THE_API
    ]


def test_every_act_of_a_screen_is_in_the_api():
    assert unanswered(PAGES) == []


def test_the_table_names_only_what_exists():
    acts = {route.name for route in PAGES if changing(route)}
    assert sorted((COUNTERPARTS.keys() | NOT_IN_THE_API.keys()) - acts) == []
    assert COUNTERPARTS.keys() & NOT_IN_THE_API.keys() == set()


@pytest.mark.parametrize(
    "page", [route for route in PAGES if route.name in COUNTERPARTS], ids=lambda r: r.name
)
def test_the_counterpart_is_open_to_the_same_roles(page):
    by_name = {route.name: route for route in API}
    (roles,) = {tuple(sorted(map(str, roles))) for roles in changing(page).values()}
    for name in COUNTERPARTS[page.name]:
        found = [tuple(sorted(map(str, each))) for each in changing(by_name[name]).values()]
        # Everybody may sign out on the page, also who has not signed in.
        assert found == [roles] or (page.name == "logout" and found == [tuple(sorted(map(str, EVERYBODY)))])


def test_negative_control_a_new_act_without_a_counterpart_is_seen():
    new = Route("elections:org-close", "/orgs/{village}/close/", {"POST": ("township",)})
    read = Route("elections:org-map", "/orgs/{village}/map/", {"GET": ("township",)})
    assert unanswered((*PAGES, new, read)) == ["elections:org-close"]
