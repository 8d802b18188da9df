"""When the database or a disk fails, or filing needs the machine: what people are told. Nothing was written.

An answer that did not come is no answer: whoever has no receipt submits the same page again, and its key makes sure
that it is done once (accounts/idempotency.py).
"""

import errno
from typing import Final, NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError

RETRY_SECONDS: Final = 15
SUBMIT_AGAIN: Final = "没有看到回执的，稍后返回原页面再提交一次：同一页重复提交只办一次，已经上报的都在。"


class Outage(NamedTuple):
    """Code, title and text of the page that says so (status 503)."""

    code: str
    title: str
    detail: str


DATABASE_GONE: Final = Outage(
    "database_gone", "系统暂时连不上数据库", f"系统正在恢复，本页会自动重试。{SUBMIT_AGAIN}"
)
DISK_FULL: Final = Outage(
    "disk_full", "磁盘已满，本次操作没有写入", f"请马上告诉系统管理员腾出空间。{SUBMIT_AGAIN}"
)
CROSSED: Final = Outage("acts_crossed", "几个操作撞在一起，本次没有写入", "请返回原页面再提交一次。")
BUSY: Final = Outage("busy", "别人正在办同一件事，本次没有写入", "请稍等几秒，返回原页面再提交一次。")
TOO_SLOW: Final = Outage(
    "too_slow", "系统繁忙，本次操作没有写入", "请稍后再试；上报优先，汇总和导出可以晚些。"
)
FILING_FIRST: Final = Outage(
    "filing_first",
    "各乡镇正在集中上报，汇总和导出稍后再办",
    "上报优先，这项暂缓，本次没有写入。过一两分钟再点一次；打开的汇总页会自动重试。",
)

# SQLSTATE → what it means here; classes (two characters) after single codes.
STATES: Final = {
    "40P01": CROSSED,
    "40001": CROSSED,
    "55P03": BUSY,
    "57014": TOO_SLOW,
    "53100": DISK_FULL,
    "25006": DATABASE_GONE,  # a standby that was not promoted yet
    "08": DATABASE_GONE,
    "53": DATABASE_GONE,
    "57": DATABASE_GONE,
}
FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def outage_of(error: BaseException | None) -> Outage | None:
    """The outage behind an error; None for everything that is our own mistake."""
    if isinstance(error, OSError):
        return DISK_FULL if error.errno in FULL else None
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    state = getattr(error.__cause__, "pgcode", None)
    if state is None:
        # The driver found the connection broken before the server could say anything.
        return DATABASE_GONE if isinstance(error, OperationalError | InterfaceError) else None
    return STATES.get(state) or STATES.get(state[:2])
