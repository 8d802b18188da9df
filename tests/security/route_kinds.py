"""How an expected route is written: who may use which method, and a request that succeeds."""

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
