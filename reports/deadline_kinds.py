"""The clocks of the daily report, worded once (accounts.deadlines)."""

from typing import Final

from accounts.choices import Role
from accounts.deadlines import Kind

DAILY: Final = Kind("daily.file", "日报", "{day}日报", (Role.TOWNSHIP,))
CORRECTING: Final = Kind("daily.correcting", "日报", "{day}日报更正", (Role.TOWNSHIP,))
RETURNED: Final = Kind("daily.returned", "日报", "{day}日报被退回", (Role.TOWNSHIP,))
REOPENED: Final = Kind("daily.reopened", "日报", "{day}日报被重开", (Role.TOWNSHIP,))
COUNTY: Final = Kind("county.forward", "上报", "{day}县级上报", (Role.COUNTY_OFFICE,))
