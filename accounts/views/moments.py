"""What every screen with a past moment shows of it: the banner, the way back, the form of another moment."""

import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.moments import moment_text


def moment_context(
    request: HttpRequest,
    moment: datetime.datetime | None,
    *,
    start: datetime.datetime | None = None,
    drop: tuple[str, ...] = ("after", "before"),
) -> dict[str, Any]:
    """For `components/moment.html` and `components/past.html`; the rest of the address is kept, but for the page (`drop`).

    `start`: where the form begins while no moment is chosen; default: now.
    """
    kept = request.GET.copy()
    for key in ("as_of", *drop):
        kept.pop(key, None)
    return {
        "moment": moment,
        "moment_text": moment_text(moment or (start or timezone.now()).replace(second=0, microsecond=0)),
        "moment_query": f"as_of={moment_text(moment)}" if moment else "",
        "kept": [(key, value) for key in kept for value in kept.getlist(key)],
        "latest_url": f"?{kept.urlencode()}",
    }
