"""Every route of the site: who may use which method, and how to build a request that succeeds.

Words in braces are filled by `Stage` (tests/security/stage.py) for the acting member of the cast: `{village}` is a
village the actor may read, `{job}` a job of its own. A word that is a whole value keeps its type. The relation
`picks` names the word that chooses an object or a unit: T02 and T03 put foreign and absent ones in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from accounts.choices import ALL_ROLES, Role

PUBLIC = ("public",)
EVERYBODY = ALL_ROLES
CITY, COUNTY, TOWN = (Role.CITY_OFFICE,), (Role.COUNTY_OFFICE,), (Role.TOWNSHIP,)
OFFICES = (*CITY, *COUNTY, *TOWN)
MANAGERS = (Role.ADMIN, Role.SECURITY_ADMIN)
ACCOUNT_READERS = (*MANAGERS, *CITY, *COUNTY)
AREA_READERS = (*MANAGERS, *OFFICES)
PROPOSERS, DECIDERS = (Role.ADMIN, *CITY, *COUNTY), (Role.ADMIN, *CITY)
RECORD_READERS = (*OFFICES, Role.INSPECTOR, Role.EVALUATOR, Role.LEADER)
ROUND_READERS = (*RECORD_READERS, Role.SECOND_ENTRY, Role.REVIEWER)
ROLLUP_READERS = (*OFFICES, Role.WALL)
EXPORTERS = tuple(role for role in ALL_ROLES if role not in (Role.WALL, Role.HOTLINE))
REVEALERS = (*OFFICES, Role.REVIEWER, *MANAGERS)
REVEAL_READERS = (*REVEALERS, Role.AUDITOR)
ADMIN, AUDITOR = (Role.ADMIN,), (Role.AUDITOR,)
TOLD = tuple(role for role in ALL_ROLES if role != Role.WALL)


@dataclass(frozen=True)
class Route:
    """One route. `methods` gives the roles of each; `declared` differs where the view decides by its object.

    data      body of each changing method
    status    answers other than 200 (GET) and 2xx/3xx (others) to a well-made request of a role that may
    picks     word of the URL (or of its query) that chooses an object or a unit
    """

    name: str
    url: str
    methods: dict[str, tuple[str, ...]]
    data: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: dict[str, tuple[int, ...]] = field(default_factory=dict)
    picks: str = ""
    declared: tuple[str, ...] | None = None

    @property
    def is_api(self) -> bool:
        return self.url.startswith("/api/")


def get(name: str, url: str, roles: tuple[str, ...], **more: Any) -> Route:
    return Route(name, url, {"GET": roles}, **_answers("GET", more))


def post(
    name: str, url: str, roles: tuple[str, ...], data: dict[str, Any] | None = None, **more: Any
) -> Route:
    return Route(name, url, {"POST": roles}, {"POST": data or {}}, **_answers("POST", more))


def form(name: str, url: str, roles: tuple[str, ...], data: dict[str, Any], **more: Any) -> Route:
    return Route(name, url, {"GET": roles, "POST": roles}, {"POST": data}, **more)


def _answers(method: str, more: dict[str, Any]) -> dict[str, Any]:
    """`answers=404` says what a well-made request gets."""
    if "answers" in more:
        more["status"] = {method: (more.pop("answers"),)}
    return more


REASON = {"reason": "岗位调整"}
OPENING = {"reason": "核对后再报", "version": "1"}
GRANT = {
    "role": "second_entry", "area": "990101001", "office_name": "岭下街道", "department": "",
    "units": "", "valid_from": "2026-01-01", "valid_to": "",
}  # fmt: skip
ROUND = {
    "name": "补选", "year": "2026", "starts_on": "2026-10-01", "ends_on": "2027-03-31",
    "reporting_from": "2026-11-01", "reporting_to": "2027-01-31", "excluded_dates": "", "law_profile": "",
    "version": "1",
}  # fmt: skip
REVEAL = {"purpose": "contact", "note": "催报当日日报", "case_number": "日报催报"}
DAY = "{today}"
UNIT = "{of_town}"
OF_COUNTY = "{of_county}"
SHEET = {"file": "{workbook}"}
COMMENT_DRAFT = {"version": "1", "title": "关于走访的点评", "demand": "请核实。", "channel": "letter"}
# The routes of a comment are asked one after the other about the same one: what it no longer allows is 409.
COMMENT_MOVES = {"POST": (302, 409)}

PAGES = (
    get("today", "/", EVERYBODY),
    get("help", "/help/", PUBLIC),
    get("healthz", "/healthz", PUBLIC),
    get("metrics", "/metrics", PUBLIC),
    form("login", "/login/", PUBLIC, {"username": "nobody", "password": "wrong"},
         status={"GET": (200, 302), "POST": (401,)}),
    post("logout", "/logout/", PUBLIC),
    form("password", "/password/", EVERYBODY, {"old": "wrong", "new": "Another-word-26", "again": "Another-word-26"},
         status={"POST": (400,)}),
    form("session", "/account/session/", EVERYBODY, {}),
    get("account", "/account/", EVERYBODY),
    form("second-factor", "/account/second-factor/", EVERYBODY, {"code": "000000"}, status={"POST": (400,)}),
    post("recovery-codes", "/account/second-factor/recovery/", EVERYBODY),
    post("security-key-add", "/account/second-factor/keys/", EVERYBODY, {"name": "钥匙", "key": "{}"}),
    post("security-key", "/account/second-factor/keys/1/", EVERYBODY, {"name": "钥匙"}),
    post("second-factor-remove", "/account/second-factor/remove/", EVERYBODY),
    post("own-phone", "/account/phone/", EVERYBODY, {"phone": "19900009999"}),
    get("reveals:list", "/reveals/", REVEAL_READERS),
    form("reveals:show", "/reveals/account.phone/{user}/", ACCOUNT_READERS, REVEAL, picks="user", declared=REVEALERS),
    get("kit", "/system/kit/", ADMIN),
    get("health", "/system/health/", MANAGERS),
    get("retention", "/system/retention/", MANAGERS),
    get("users:list", "/system/users/", ACCOUNT_READERS),
    form("users:create", "/system/users/new/", MANAGERS, {"username": "newcomer", "display_name": "新人"}),
    get("users:detail", "/system/users/{user}/", ACCOUNT_READERS, picks="user"),
    post("users:grant", "/system/users/{user}/grant/", MANAGERS, GRANT, picks="user"),
    post("users:active", "/system/users/{user}/active/", MANAGERS, {"active": "0", **REASON}, picks="user"),
    post("users:password", "/system/users/{user}/password/", MANAGERS, REASON, picks="user"),
    post("users:end", "/system/users/assignments/{assignment}/end/", MANAGERS, REASON, picks="assignment"),
    get("users:requests", "/system/users/requests/", MANAGERS),
    post("users:decide", "/system/users/requests/{grant}/", MANAGERS, {"approve": "0", "answer": "不符"}, picks="grant"),
    post("users:factor", "/system/users/{user}/second-factor/", MANAGERS, REASON, picks="user"),
    get("areas:list", "/system/areas/", AREA_READERS, status={"GET": (200, 302)}),
    get("areas:changes", "/system/areas/changes/", AREA_READERS),
    form("areas:change-new", "/system/areas/changes/new/", PROPOSERS,
         {"kind": "rename", "effective_on": "{today}", "units": "990101001201", "name": "坡阴村", "step": "propose", **REASON},
         status={"POST": (302,)}),
    get("areas:change", "/system/areas/changes/{change}/", AREA_READERS, picks="change"),
    post("areas:change-decide", "/system/areas/changes/{proposal}/decide/", DECIDERS,
         {"agree": "0", "note": "理由不足"}, picks="proposal"),
    post("areas:changes-decide", "/system/areas/changes/decide/", DECIDERS, {"pk": "{proposal}"}),
    post("areas:change-cancel", "/system/areas/changes/{change}/cancel/", PROPOSERS, REASON, picks="change"),
    post("areas:change-withdraw", "/system/areas/changes/{change}/withdraw/", PROPOSERS, picks="change"),
    get("areas:detail", "/system/areas/{town}/", AREA_READERS, picks="town"),
    post("areas:electorate", "/system/areas/{village}/electorate/", ADMIN, {"takes_part": "0", **REASON},
         picks="village"),
    get("search", "/search/?q=岭", TOLD),
    get("schedules:list", "/account/schedules/", OFFICES),
    form("schedules:new", "/account/schedules/new/", OFFICES,
         {"source": "comments:list?", "name": "每晚", "at": "18:30", "day": "1"}),
    post("schedules:pause", "/account/schedules/{schedule}/pause/", OFFICES, picks="schedule"),
    post("schedules:resume", "/account/schedules/{schedule}/resume/", OFFICES, picks="schedule"),
    post("schedules:delete", "/account/schedules/{schedule}/delete/", OFFICES, picks="schedule"),
    form("calendar", "/account/calendar/", TOLD, {}),
    post("calendar-revoke", "/account/calendar/revoke/", TOLD),
    get("calendar-feed", "/calendar/of-nobody/deadlines.ics", PUBLIC, answers=404),
    get("filters:list", "/account/filters/", TOLD),
    post("filters:save", "/account/filters/save/", TOLD, {"screen": "jobs:list", "query": "state=done", "name": "做完的"}),
    post("filters:change", "/account/filters/{filter}/", TOLD, {"name": "改过的"}, picks="filter"),
    post("filters:delete", "/account/filters/{filter}/delete/", TOLD, picks="filter"),
    get("notices:list", "/notices/", TOLD),
    get("notices:bell", "/notices/bell/", TOLD, status={"GET": (302,)}),
    post("notices:settings", "/notices/settings/", TOLD, {"digest": "1"}),
    post("notices:read-all", "/notices/read/", TOLD),
    post("notices:read", "/notices/{notice}/read/", TOLD, picks="notice"),
    get("exports:list", "/system/exports/", EXPORTERS),
    get("jobs:list", "/jobs/", EVERYBODY),
    get("jobs:detail", "/jobs/{job}/", EVERYBODY, picks="job"),
    post("jobs:cancel", "/jobs/{job}/cancel/", EVERYBODY, picks="job"),
    post("jobs:restart", "/jobs/{job}/restart/", EVERYBODY, picks="job"),
    get("jobs:result", "/jobs/{job}/result/", EVERYBODY, picks="job", answers=404),
    form("imports:start", "/imports/orgs/", TOWN, SHEET, declared=EVERYBODY),
    get("imports:template", "/imports/orgs/template/", OFFICES, declared=EVERYBODY),
    post("imports:export", "/imports/orgs/export/", OFFICES, {"format": "xlsx"}, declared=EVERYBODY),
    get("imports:desk", "/imports/orgs/{desk}/", TOWN, declared=EVERYBODY, picks="desk"),
    post("imports:columns", "/imports/orgs/{desk}/columns/", TOWN, "{columns}", declared=EVERYBODY, picks="desk"),
    post("imports:write", "/imports/orgs/{desk}/write/", TOWN, {"rows": "3", "digest": "x"}, declared=EVERYBODY,
         picks="desk"),
    post("imports:handout", "/imports/orgs/{desk}/handout/", TOWN, declared=EVERYBODY, picks="desk", answers=404),
    get("imports:marked", "/imports/orgs/{desk}/marked/", TOWN, declared=EVERYBODY, picks="desk", answers=404),
    post("imports:discard", "/imports/orgs/{desk}/discard/", TOWN, declared=EVERYBODY, picks="desk"),
    get("audit:list", "/system/audit/", AUDITOR),
    get("audit:detail", "/system/audit/{act}/", AUDITOR, picks="act"),
    post("audit:verify", "/system/audit/verify/", AUDITOR),
    get("elections:orgs", "/orgs/?unit={unit}", RECORD_READERS, picks="unit"),
    get("elections:counts", "/orgs/counts/{upper}", RECORD_READERS, picks="upper"),
    post("elections:counts-export", "/orgs/counts/export/{upper}", OFFICES, picks="upper"),
    get("elections:org", "/orgs/{village}/", RECORD_READERS, picks="village"),
    form("elections:org-edit", "/orgs/{village}/edit/", TOWN, {"population": "1001", "version": "1"},
         picks="village", status={"POST": (200, 302)}),
    get("elections:org-print", "/orgs/{village}/print/", RECORD_READERS, picks="village"),
    get("elections:rounds", "/elections/rounds/", ROUND_READERS),
    form("elections:round-new", "/elections/rounds/new/", CITY, ROUND),
    form("elections:round-edit", "/elections/rounds/{round}/", CITY, {**ROUND, "is_current": "on"}, picks="round"),
    post("elections:round-open", "/elections/rounds/{round}/open/", CITY, picks="round"),
    get("reports:daily", f"/reports/daily/{UNIT}", OFFICES, picks="of_town", status={"GET": (302,)}),
    form("reports:daily-collect", "/reports/daily/collect/", (*COUNTY, *CITY), {"file": "{bundle}"}),
    form("reports:daily-collected", "/reports/daily/collect/{bundledesk}/", (*COUNTY, *CITY), {}),
    form("reports:daily-offer", f"/reports/daily/{DAY}/offer/", TOWN, {"edits": "[]"}),
    Route("reports:daily-day", f"/reports/daily/{DAY}/{UNIT}", {"GET": OFFICES, "POST": TOWN},
          {"POST": {"act": "zero"}}, picks="of_town", declared=OFFICES),
    get("reports:daily-download", f"/reports/daily/{DAY}/sheet.xlsx{UNIT}", OFFICES, picks="of_town"),
    form("reports:daily-import", f"/reports/daily/{DAY}/import/{UNIT}", TOWN, {"file": "{daysheet}"}, picks="of_town"),
    form("reports:daily-check", f"/reports/daily/{DAY}/check/{UNIT}", TOWN, {"act": "file", "version": "1"},
         picks="of_town"),
    post("reports:daily-ask", f"/reports/daily/{DAY}/ask/{UNIT}", TOWN, REASON, picks="of_town"),
    post("reports:daily-answer", f"/reports/daily/{DAY}/answer/{UNIT}", COUNTY, {"decision": "consent"},
         picks="of_town"),
    post("reports:daily-return", f"/reports/daily/{DAY}/return/{UNIT}", COUNTY, OPENING, picks="of_town"),
    post("reports:daily-reopen", f"/reports/daily/{DAY}/reopen/{UNIT}", COUNTY, OPENING, picks="of_town"),
    post("reports:daily-recall", f"/reports/daily/{DAY}/recall/{UNIT}", COUNTY, OPENING, picks="of_town"),
    Route("reports:forward", f"/reports/forward/{DAY}/{OF_COUNTY}", {"GET": (*CITY, *COUNTY), "POST": COUNTY},
          {"POST": {"version": "1"}}, picks="of_county", declared=(*CITY, *COUNTY)),
    post("reports:forward-return", f"/reports/forward/{DAY}/return/{OF_COUNTY}", CITY, OPENING, picks="of_county"),
    post("reports:forward-reopen", f"/reports/forward/{DAY}/reopen/{OF_COUNTY}", CITY, OPENING, picks="of_county"),
    get("reports:daily-settings", "/reports/daily/settings/", CITY),
    post("reports:daily-cut-offs", "/reports/daily/settings/cut-offs/", CITY, {"township": "17:30", "county": "19:00"}),
    post("reports:daily-item-add", "/reports/daily/settings/items/", CITY,
         {"name": "入户宣讲", "unit": "场", "nature": "stock", "valid_from": "{today}"}),
    post("reports:daily-item-end", "/reports/daily/settings/items/{item}/end/", CITY, {"valid_to": "{today}"},
         picks="item"),
    get("rollup:table", "/reports/rollup/{upper}", ROLLUP_READERS, picks="upper"),
    get("rollup:comparison", "/reports/rollup/comparison/{upper}", OFFICES, picks="upper"),
    post("rollup:comparison-export", "/reports/rollup/comparison/export/{upper}", OFFICES, picks="upper"),
    post("rollup:export", "/reports/rollup/export/{upper}", OFFICES, {"format": "xlsx"}, picks="upper"),
    post("rollup:villages", "/reports/rollup/villages/{upper}", OFFICES, {"open": "visits"}, picks="upper"),
    post("rollup:fold", "/reports/rollup/fold/{upper}", (*CITY, *COUNTY), picks="upper"),
    get("publications:list", "/reports/publications/{upper}", OFFICES, picks="upper"),
    post("publications:publish", "/reports/publications/publish/{upper}", OFFICES, picks="upper"),
    get("publications:detail", "/reports/publications/{publication}/", OFFICES, picks="publication"),
    post("publications:check", "/reports/publications/{publication}/check/", OFFICES, picks="publication"),
    get("comments:list", "/reports/comments/{upper}", OFFICES, picks="upper"),
    get("comments:comment", "/reports/comments/{comment}/", OFFICES, picks="comment"),
    get("comments:document", "/reports/comments/{received}/document/", OFFICES, picks="received"),
    post("comments:save", "/reports/comments/{comment}/save/", OFFICES, COMMENT_DRAFT, picks="comment",
         status=COMMENT_MOVES),
    post("comments:send", "/reports/comments/{comment}/send/", OFFICES, {"version": "1"}, picks="comment",
         status=COMMENT_MOVES),
    post("comments:skip", "/reports/comments/{comment}/skip/", OFFICES, REASON, picks="comment",
         status=COMMENT_MOVES),
    post("comments:restore", "/reports/comments/{comment}/restore/", OFFICES, picks="comment", status=COMMENT_MOVES),
    post("comments:merge", "/reports/comments/{comment}/merge/", OFFICES, {"other": "{comment}"}, picks="comment",
         status=COMMENT_MOVES),
    post("comments:answer", "/reports/comments/{received}/answer/", OFFICES, {"act": "reply", "text": "已办"},
         picks="received", status={"POST": (302, 403, 409)}),  # 403: a city receives none
    post("comments:settle", "/reports/comments/{comment}/settle/", OFFICES, {"act": "close", "text": "已办"},
         picks="comment", status=COMMENT_MOVES),
    post("comments:send-all", "/reports/comments/send/", OFFICES, {"pk": "{comment}"}),
    post("comments:draft-now", "/reports/comments/draft/", OFFICES),
    post("comments:note", "/reports/comments/notes/", OFFICES,
         {"date": DAY, "about": "{village}", "text": "入户宣讲 3 场", "figure": "3", "measure": "场"}, picks="village"),
    post("comments:export", "/reports/comments/export/{upper}", OFFICES, picks="upper"),
    get("comments:counts", "/reports/comments/counts/{upper}", OFFICES, picks="upper"),
    post("comments:counts-export", "/reports/comments/counts/export/{upper}", OFFICES, picks="upper"),
    post("comments:pin", "/reports/comments/pin/", OFFICES, {"of": "{village}", "key": "visits", "date": DAY},
         picks="village"),
    get("comments:rules", "/reports/comments/rules/", OFFICES),
    post("comments:rule", "/reports/comments/rules/late/", CITY,
         {"version": "1", "enabled": "on", "wording": "迟报 {late} 份。", "least": "2"}, status={"POST": (302, 409)}),
    post("comments:settings", "/reports/comments/rules/settings/", CITY,
         {"version": "1", "by_city": "on", "reply_hours": "24", "escalate_hours": "12", "demand": "请核实。",
          "praise": "请保持。"}, status={"POST": (302, 409)}),
    get("wall", "/wall/{upper}", (*CITY, *COUNTY, Role.WALL), picks="upper"),
    get("completeness:grid", "/reports/completeness/{upper}", OFFICES, picks="upper"),
    post("completeness:chase", "/reports/completeness/chase/{upper}", (*CITY, *COUNTY), {"date": "{today}"},
         picks="upper"),
    post("completeness:export", "/reports/completeness/export/{upper}", OFFICES, picks="upper"),
)  # fmt: skip

API = (
    get("api-schema", "/api/v1/schema/", EVERYBODY),
    post("api-token", "/api/v1/auth/token/", PUBLIC, {"username": "nobody", "password": "wrong"},
         answers=401),
    post("api-token-revoke", "/api/v1/auth/revoke/", EVERYBODY),
    post("api-step-up", "/api/v1/auth/step-up/", EVERYBODY, {"proof": "wrong"}, answers=400),
    get("api-me", "/api/v1/me/", EVERYBODY),
    Route("api-users", "/api/v1/users/", {"GET": ACCOUNT_READERS, "POST": MANAGERS},
          {"POST": {"username": "newcomer2", "display_name": "新人"}}),
    get("api-user", "/api/v1/users/{user}/", ACCOUNT_READERS, picks="user"),
    post("api-user-active", "/api/v1/users/{user}/active/", MANAGERS, {"active": False, **REASON}, picks="user"),
    post("api-user-password", "/api/v1/users/{user}/password/", MANAGERS, REASON, picks="user"),
    Route("api-user-assignments", "/api/v1/users/{user}/assignments/", {"GET": ACCOUNT_READERS, "POST": MANAGERS},
          {"POST": {"role": "second_entry", "area": "990101102", "office_name": "上坡镇",
                    "units": ["990101102201"], "valid_from": "2026-01-01"}}, picks="user"),
    post("api-user-factor", "/api/v1/users/{user}/second-factor/", MANAGERS, REASON, picks="user", answers=409),
    get("api-grant-requests", "/api/v1/grant-requests/", MANAGERS),
    post("api-grant-request", "/api/v1/grant-requests/{grant}/", MANAGERS, {"approve": False, "answer": "不符"},
         picks="grant", status={"POST": (200, 409)}),
    post("api-assignment-end", "/api/v1/assignments/{assignment}/end/", MANAGERS, REASON, picks="assignment",
         status={"POST": (200, 409)}),
    get("api-areas", "/api/v1/areas/", EVERYBODY),
    Route("api-area-changes", "/api/v1/areas/changes/", {"GET": AREA_READERS, "POST": PROPOSERS},
          {"POST": {"kind": "rename", "effective_on": "{today}", "units": ["990101001202"], "name": "岭五村", **REASON}}),
    post("api-area-changes-preview", "/api/v1/areas/changes/preview/", PROPOSERS,
         {"kind": "rename", "effective_on": "{today}", "units": ["990101102202"], "name": "岭六村", **REASON},
         status={"POST": (200,)}),
    post("api-area-changes-decide", "/api/v1/areas/changes/decide/", DECIDERS, {"ids": [1]},
         status={"POST": (200,)}),
    post("api-area-change-cancel", "/api/v1/areas/changes/{change}/cancel/", PROPOSERS, REASON, picks="change",
         status={"POST": (200, 409)}),
    get("api-area-change", "/api/v1/areas/changes/{change}/", AREA_READERS, picks="change"),
    post("api-area-change-decide", "/api/v1/areas/changes/{proposal}/decide/", DECIDERS,
         {"agree": False, "note": "理由不足"}, picks="proposal", status={"POST": (200, 409)}),
    post("api-area-change-withdraw", "/api/v1/areas/changes/{change}/withdraw/", PROPOSERS, picks="change",
         status={"POST": (200, 409)}),
    get("api-area", "/api/v1/areas/{own}/", EVERYBODY, picks="own"),
    post("api-area-electorate", "/api/v1/areas/{village}/electorate/", ADMIN, {"takes_part": True, **REASON},
         picks="village"),
    get("api-search", "/api/v1/search/?q=岭", TOLD),
    Route("api-schedules", "/api/v1/schedules/", {"GET": OFFICES, "POST": OFFICES},
          {"POST": {"screen": "comments:list", "name": "每晚", "at": "18:30", "weekdays": [1, 7]}}, status={"POST": (201,)}),
    post("api-schedule-pause", "/api/v1/schedules/{schedule}/pause/", OFFICES, picks="schedule",
         status={"POST": (200, 404, 409)}),
    post("api-schedule-resume", "/api/v1/schedules/{schedule}/resume/", OFFICES, picks="schedule",
         status={"POST": (200, 404, 409)}),
    post("api-schedule-delete", "/api/v1/schedules/{schedule}/delete/", OFFICES, picks="schedule",
         status={"POST": (204, 404)}),
    Route("api-filters", "/api/v1/saved-filters/", {"GET": TOLD, "POST": TOLD},
          {"POST": {"screen": "jobs:list", "query": "state=failed", "name": "没做成的"}}, status={"POST": (201,)}),
    Route("api-filter", "/api/v1/saved-filters/{filter}/", {"PATCH": TOLD}, {"PATCH": {"name": "再改过的"}}, picks="filter",
          status={"PATCH": (200, 404)}),
    post("api-filter-delete", "/api/v1/saved-filters/{filter}/delete/", TOLD, picks="filter", status={"POST": (204, 404)}),
    get("api-notices", "/api/v1/notices/", TOLD),
    Route("api-notice-settings", "/api/v1/notices/settings/", {"GET": TOLD, "PUT": TOLD}, {"PUT": {"digest": True}}),
    post("api-notices-read-all", "/api/v1/notices/read-all/", TOLD),
    post("api-notice-read", "/api/v1/notices/{notice}/read/", TOLD, picks="notice"),
    Route("api-me-phone", "/api/v1/me/phone/", {"PUT": EVERYBODY}, {"PUT": {"phone": "19900009999"}}),
    get("api-reveals", "/api/v1/reveals/", REVEAL_READERS),
    post("api-reveal", "/api/v1/reveals/show/", ACCOUNT_READERS,
         {**REVEAL, "what": "account.phone", "subject_id": "{user}"}, declared=REVEALERS),
    get("api-exports", "/api/v1/exports/", EXPORTERS),
    get("api-jobs:list", "/api/v1/jobs/", EVERYBODY),
    get("api-jobs:detail", "/api/v1/jobs/{job}/", EVERYBODY, picks="job"),
    post("api-jobs:cancel", "/api/v1/jobs/{job}/cancel/", EVERYBODY, picks="job", status={"POST": (200, 400)}),
    post("api-jobs:restart", "/api/v1/jobs/{job}/restart/", EVERYBODY, picks="job", status={"POST": (200, 400)}),
    get("api-jobs:result", "/api/v1/jobs/{job}/result/", EVERYBODY, picks="job", answers=404),
    post("api-imports:start", "/api/v1/imports/orgs/", TOWN, SHEET, declared=EVERYBODY),
    get("api-imports:template", "/api/v1/imports/orgs/template/", OFFICES, declared=EVERYBODY),
    post("api-imports:export", "/api/v1/imports/orgs/export/{upper}", OFFICES, {"format": "xlsx"}, picks="upper",
         declared=EVERYBODY),
    get("api-imports:desk", "/api/v1/imports/orgs/{upload}/", TOWN, declared=EVERYBODY, picks="upload"),
    post("api-imports:columns", "/api/v1/imports/orgs/{upload}/columns/", TOWN, {"columns": "{columns}"},
         declared=EVERYBODY, picks="upload", status={"POST": (202, 409)}),
    post("api-imports:write", "/api/v1/imports/orgs/{upload}/write/", TOWN, {"rows": 3, "digest": "x"},
         declared=EVERYBODY, picks="upload", status={"POST": (202, 400)}),
    get("api-imports:marked", "/api/v1/imports/orgs/{upload}/marked/", TOWN, declared=EVERYBODY, picks="upload",
        answers=404),
    post("api-imports:discard", "/api/v1/imports/orgs/{upload}/discard/", TOWN, declared=EVERYBODY, picks="upload",
         status={"POST": (204, 404)}),
    post("audit-verify", "/api/v1/audit/verify/", AUDITOR),
    get("audit-acts", "/api/v1/audit/acts/", AUDITOR),
    get("audit-act", "/api/v1/audit/acts/{act}/", AUDITOR, picks="act"),
    get("api-counts", "/api/v1/orgs/counts/{upper}", RECORD_READERS, picks="upper"),
    post("api-counts-export", "/api/v1/orgs/counts/export/{upper}", OFFICES, picks="upper"),
    Route("api-round-list", "/api/v1/rounds/", {"GET": ROUND_READERS, "POST": CITY},
          {"POST": {**ROUND, "name": "又一次补选", "year": 2026, "excluded_dates": ["2026-12-05"]}}),
    Route("api-round-detail", "/api/v1/rounds/{round}/", {"GET": ROUND_READERS, "PATCH": CITY},
          {"PATCH": {"law_profile": "甲省 2026", "version": 1}}, picks="round", status={"PATCH": (200, 409)}),
    post("api-round-open", "/api/v1/rounds/{round}/open/", CITY, picks="round"),
    get("api-org-list", "/api/v1/orgs/?unit={unit}", RECORD_READERS, picks="unit"),
    Route("api-org-detail", "/api/v1/orgs/{village}/", {"GET": RECORD_READERS, "PATCH": TOWN},
          {"PATCH": {"population": 1002, "version": 1}}, picks="village", status={"PATCH": (200, 409)}),
    get("api-daily:day", f"/api/v1/daily/{DAY}/{UNIT}", OFFICES, picks="of_town"),
    Route("api-daily:draft", f"/api/v1/daily/{DAY}/draft/{UNIT}", {"PUT": TOWN},
          {"PUT": {"edits": [{"village": "{village}", "key": "visits", "text": "5", "base": 0}]}}, picks="of_town",
          status={"PUT": (200, 409)}),
    get("api-daily:sheet", f"/api/v1/daily/{DAY}/sheet/{UNIT}", OFFICES, picks="of_town"),
    post("api-daily:import", f"/api/v1/daily/{DAY}/import/{UNIT}", TOWN, {"file": "{daysheet}"}, picks="of_town",
         status={"POST": (200, 409)}),
    post("api-daily:file", f"/api/v1/daily/{DAY}/file/{UNIT}", TOWN, {"version": 1}, picks="of_town",
         status={"POST": (201, 400, 409)}),
    post("api-daily:ask", f"/api/v1/daily/{DAY}/ask/{UNIT}", TOWN, REASON, picks="of_town",
         status={"POST": (201, 400, 409)}),
    post("api-daily:answer", f"/api/v1/daily/{DAY}/answer/{UNIT}", COUNTY, {"consent": True}, picks="of_town",
         status={"POST": (200, 400, 409)}),
    post("api-daily:return", f"/api/v1/daily/{DAY}/return/{UNIT}", COUNTY, OPENING, picks="of_town",
         status={"POST": (201, 400, 409)}),
    post("api-daily:reopen", f"/api/v1/daily/{DAY}/reopen/{UNIT}", COUNTY, {**OPENING, "ends_at": "{today}T23:59:00+08:00"},
         picks="of_town", status={"POST": (201, 400, 409)}),
    post("api-daily:recall", f"/api/v1/daily/{DAY}/recall/{UNIT}", COUNTY, OPENING, picks="of_town",
         status={"POST": (200, 400, 409)}),
    get("api-forwards:day", f"/api/v1/forwards/{DAY}/{OF_COUNTY}", (*CITY, *COUNTY), picks="of_county"),
    post("api-forwards:forward", f"/api/v1/forwards/{DAY}/forward/{OF_COUNTY}", COUNTY, {"version": 1},
         picks="of_county", status={"POST": (201, 400, 409)}),
    post("api-forwards:return", f"/api/v1/forwards/{DAY}/return/{OF_COUNTY}", CITY, OPENING, picks="of_county",
         status={"POST": (201, 400, 409)}),
    post("api-forwards:reopen", f"/api/v1/forwards/{DAY}/reopen/{OF_COUNTY}", CITY,
         {**OPENING, "ends_at": "{today}T23:59:00+08:00"}, picks="of_county", status={"POST": (201, 400, 409)}),
    Route("api-publications:list", "/api/v1/publications/{upper}", {"GET": OFFICES, "POST": OFFICES}, picks="upper",
          status={"POST": (201,)}),
    get("api-publications:detail", "/api/v1/publications/{publication}/", OFFICES, picks="publication"),
    post("api-publications:check", "/api/v1/publications/{publication}/check/", OFFICES, picks="publication"),
    get("api-comments:list", "/api/v1/comments/{upper}", OFFICES, picks="upper"),
    Route("api-comments:comment", "/api/v1/comments/{comment}/", {"GET": OFFICES, "PATCH": OFFICES},
          {"PATCH": {"version": 1, "title": "关于走访的点评", "demand": "请核实。", "channel": "letter", "sentences": []}},
          picks="comment", status={"PATCH": (200, 409)}),
    get("api-comments:document", "/api/v1/comments/{received}/document/", OFFICES, picks="received"),
    post("api-comments:send", "/api/v1/comments/send/", OFFICES, {"ids": ["{comment}"]}, picks="comment",
         status={"POST": (200, 409)}),
    post("api-comments:moves", "/api/v1/comments/{comment}/moves/", OFFICES, {"move": "skip", "text": "不发"},
         picks="comment", status={"POST": (200, 409)}),
    Route("api-comments:notes", "/api/v1/comments/notes/?date={today}", {"GET": OFFICES, "POST": OFFICES},
          {"POST": {"date": DAY, "about": "{village}", "text": "宣讲 3 场", "figure": 3, "measure": "场"}}),
    post("api-comments:pins", "/api/v1/comments/pins/", OFFICES, {"of": "{village}", "key": "visits", "date": DAY},
         picks="village", answers=400),
    get("api-comments:counts", "/api/v1/comments/counts/{upper}", OFFICES, picks="upper"),
    post("api-comments:counts-export", "/api/v1/comments/counts/export/{upper}", OFFICES, picks="upper",
         status={"POST": (202,)}),
    post("api-comments:draft", "/api/v1/comments/draft/", OFFICES, status={"POST": (202,)}),
    post("api-comments:export", "/api/v1/comments/export/{upper}", OFFICES, picks="upper", status={"POST": (202,)}),
    Route("api-comments:settings", "/api/v1/comments/settings/", {"PUT": CITY},
          {"PUT": {"version": 1, "by_city": True, "by_county": True, "by_township": False, "reply_hours": 24,
                   "escalate_hours": 12, "demand": "请核实。", "praise": "请保持。"}}, status={"PUT": (200, 409)}),
    get("api-comments:rules", "/api/v1/comments/rules/", OFFICES),
    Route("api-comments:rule", "/api/v1/comments/rules/late/", {"PUT": CITY},
          {"PUT": {"version": 1, "enabled": True, "wording": "迟报 {late} 份，近 {late_week} 份。", "params": {"least": 2}}},
          status={"PUT": (200, 409)}),
    get("api-reports:rollup", "/api/v1/rollups/{upper}", ROLLUP_READERS, picks="upper"),
    get("api-reports:villages", "/api/v1/rollups/villages/?key=visits&unit={unit}", OFFICES, picks="unit"),
    get("api-reports:comparison", "/api/v1/rollups/comparison/{upper}", OFFICES, picks="upper"),
    post("api-reports:comparison-export", "/api/v1/rollups/comparison/export/{upper}", OFFICES, picks="upper"),
    post("api-reports:rollup-export", "/api/v1/rollups/export/{upper}", OFFICES, {"format": "csv"}, picks="upper"),
    post("api-reports:villages-export", "/api/v1/rollups/villages/export/?key=visits&unit={unit}", OFFICES,
         picks="unit"),
    post("api-reports:fold", "/api/v1/rollups/fold/{upper}", (*CITY, *COUNTY), picks="upper"),
    post("api-reports:chase", "/api/v1/completeness/chase/{upper}", (*CITY, *COUNTY), {"date": "{today}"},
         picks="upper", status={"POST": (201, 409)}),
    post("api-reports:completeness-export", "/api/v1/completeness/export/{upper}", OFFICES, picks="upper"),
    get("api-reports:townships", "/api/v1/rollups/townships/{upper}", OFFICES, picks="upper"),
    get("api-reports:completeness", "/api/v1/completeness/{upper}", OFFICES, picks="upper"),
    get("api-reports:metrics", "/api/v1/metrics/{upper}", ROLLUP_READERS, picks="upper"),
    get("api-reports:settings", "/api/v1/report-settings/", CITY),
    Route("api-reports:cut-offs", "/api/v1/report-settings/cut-offs/", {"PUT": CITY},
          {"PUT": {"township": "17:30", "county": "19:00"}}),
    post("api-reports:items", "/api/v1/report-settings/items/", CITY,
         {"name": "院坝讲堂", "unit": "场", "nature": "stock", "valid_from": "{today}"}, status={"POST": (201, 400)}),
    post("api-reports:item-end", "/api/v1/report-settings/items/{item}/end/", CITY, {"valid_to": "{today}"},
         picks="item", status={"POST": (200, 409)}),
)  # fmt: skip

ROUTES: tuple[Route, ...] = (*PAGES, *API)
