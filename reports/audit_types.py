"""Acts of the daily report."""

from typing import Final

from accounts.audit import register

DAY_OPENED: Final = register("daily.opened", "开日报")
DAY_FILED: Final = register("daily.filed", "上报日报")
CORRECTION_REQUESTED: Final = register("daily.correction_requested", "申请更正日报")
CORRECTION_CONSENTED: Final = register("daily.correction_consented", "同意更正日报")
CORRECTION_DECLINED: Final = register("daily.correction_declined", "不同意更正日报")
CORRECTION_FILED: Final = register("daily.correction_filed", "上报更正稿")
CUT_OFF_SET: Final = register("daily.cut_off_set", "设日报截止时间")
LOCAL_METRIC_ADDED: Final = register("daily.local_metric_added", "增加本市日报项目")
LOCAL_METRIC_ENDED: Final = register("daily.local_metric_ended", "停用本市日报项目")
ROLLUP_FOLDED: Final = register("rollup.folded", "汇总日报")
DEMO_LOADED: Final = register("demo.loaded", "装入演示数据")
ROLLUP_EXPORTED: Final = register("rollup.exported", "导出汇总表")
COMPLETENESS_EXPORTED: Final = register("completeness.exported", "导出完成度表")
