"""Fixed lists of the daily report, with the words that users read."""

from django.db.models import IntegerChoices, TextChoices


class SheetState(TextChoices):
    """Where a township's day stands (docs/daily-report.md has the diagram)."""

    DRAFT = "draft", "草稿"
    FILED = "filed", "已报"
    CORRECTION_REQUESTED = "correction_requested", "申请更正"
    CORRECTING = "correcting", "更正中"
    RETURNED = "returned", "退回"
    REOPENED = "reopened", "重开更正"


class Move(TextChoices):
    """What may be done to a day."""

    FILE = "file", "上报"
    REQUEST_CORRECTION = "request_correction", "申请更正"
    CONSENT = "consent", "同意更正"
    DECLINE = "decline", "不同意更正"
    FILE_CORRECTION = "file_correction", "上报更正"
    RETURN = "return", "退回"
    REOPEN = "reopen", "重开"
    RECALL = "recall", "收回"
    END = "end", "到期收回"


class CountyState(TextChoices):
    """Where a county's day stands (docs/daily-report.md has the diagram)."""

    OPEN = "open", "待上报"
    FORWARDED = "forwarded", "已上报"
    RETURNED = "returned", "退回"
    REOPENED = "reopened", "重开更正"


class CountyMove(TextChoices):
    """What may be done to a county's day."""

    FORWARD = "forward", "上报"
    SUPPLEMENT = "supplement", "补充上报"
    RETURN = "return", "退回"
    REOPEN = "reopen", "重开"
    END = "end", "到期收回"


class OpeningKind(TextChoices):
    """How the level above opens a filed day: 退回 asks for another filing, 重开 allows one until an end."""

    RETURNED = "returned", "退回"
    REOPENED = "reopened", "重开"


class Mark(TextChoices):
    """What stands in a cell instead of a figure. Null and unmarked is 未报; 未到 and 阻断 are computed."""

    NOT_APPLICABLE = "na", "／"
    UNKNOWN = "unknown", "不详"


class Timeliness(TextChoices):
    """Judged by the database clock against the cut-off."""

    NOT_DUE = "not_due", "待报"
    ON_TIME = "on_time", "已报"
    LATE = "late", "迟报"
    MISSING = "missing", "缺报"
    NOT_ASKED = "not_asked", "不要求"


class LocalNature(TextChoices):
    """A city's own item: a level that is carried forward, or what happened that day."""

    STOCK = "stock", "累计数"
    FLOW = "flow", "当日数"


class Decision(TextChoices):
    """The county's answer to a request for correction."""

    CONSENTED = "consented", "同意"
    DECLINED = "declined", "不同意"


class CutOffLevel(IntegerChoices):
    """Whose cut-off: townships file, then counties forward."""

    COUNTY = 3, "县级"
    TOWNSHIP = 4, "乡级"


class PublicationKind(TextChoices):
    """How a table was given out."""

    EXPORT = "export", "导出"
    BULLETIN = "bulletin", "通报"
