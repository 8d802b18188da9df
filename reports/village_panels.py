"""The panel 日报 of the village file."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from accounts.choices import OFFICE_ROLES
from elections.file_panels import register
from elections.models import Org
from reports.queries.village_file import village_report

if TYPE_CHECKING:
    from accounts.scope import Scope


def declare() -> None:
    """Put the panel into the village file."""
    register(20, "daily", "进度与日报", daily_panel, "reports/_village_panel.html")


def daily_panel(scope: "Scope", org: Org) -> dict[str, Any]:
    """The newest filed report, and the way to its day for those who may open it. At most three queries."""
    report = village_report(scope, org)
    url = ""
    if report and scope.has(*OFFICE_ROLES):
        day = reverse("reports:daily-day", args=[report.date.isoformat()])
        url = f"{day}?unit={org.area.parent.code}"
    return {"report": report, "url": url}
