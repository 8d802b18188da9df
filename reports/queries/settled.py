"""Which tables are read as of a moment; each gets its times from the database (docs/decisions/0012)."""

import datetime

from accounts.moments import settle as settle_tables

REVISIONS = ("reports_dailyrevision",)
# What the grid of a past moment is made of.
COURSE = (
    *REVISIONS,
    "reports_dailysheet",
    "reports_sheetopening",
    "reports_sheetrecall",
    "reports_correctionrequest",
    "reports_countyopening",
    "reports_countyforward",
)
# Comments, what was answered, and the notes of the day beside them.
COMMENTS = ("reports_comment", "reports_commentreply", "reports_commentnote")
# What was given out and the looks at it.
PUBLICATIONS = ("reports_publication", "reports_publicationcheck")


def settle(tables: tuple[str, ...] = REVISIONS, moment: datetime.datetime | None = None) -> None:
    """Let the reports in that were stamped by now and are on their way. One query."""
    settle_tables(tables, moment)
