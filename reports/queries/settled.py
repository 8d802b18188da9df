"""A past moment is read only when everything stamped by it is there (docs/decisions/0012)."""

from django.db import connections

from accounts.errors import Refusal

REVISIONS = ("reports_dailyrevision",)
# What the grid of a past moment is made of.
COURSE = (
    *REVISIONS,
    "reports_sheetopening",
    "reports_sheetrecall",
    "reports_correctionrequest",
    "reports_countyopening",
    "reports_countyforward",
)


def settle(tables: tuple[str, ...] = REVISIONS) -> None:
    """Let those commit that have stamped a row of `tables` by now; refuses when that takes longer than a lock may."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT moment_settled(VARIADIC %s)", [list(tables)])
        settled = cursor.fetchone()[0]
    if not settled:
        raise Refusal(
            "moment_not_settled",
            "这一刻前后正有日报在报，还没报完，请过几秒再看",
            field="as_of",
            source="时点",
            status=409,
        )
