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
COMMENTS_DRAFTED: Final = register("comment.drafted", "起草点评")
COMMENT_EDITED: Final = register("comment.edited", "修改点评")
COMMENT_SKIPPED: Final = register("comment.skipped", "点评不发")
COMMENT_RESTORED: Final = register("comment.restored", "恢复起草点评")
COMMENTS_MERGED: Final = register("comment.merged", "合并点评")
COMMENT_PINNED: Final = register("comment.pinned", "在汇总格上写点评")
COMMENTS_SENT: Final = register("comment.sent", "发出点评")
COMMENT_ACKNOWLEDGED: Final = register("comment.acknowledged", "签收点评")
COMMENT_REPLIED: Final = register("comment.replied", "回复点评")
COMMENT_ASKED_AGAIN: Final = register("comment.asked_again", "点评再问")
COMMENT_CLOSED: Final = register("comment.closed", "点评办结")
COMMENTS_ESCALATED: Final = register("comment.escalated", "逾期点评上提")
COMMENT_NOTED: Final = register("comment.noted", "记当日动态")
COMMENT_RULE_CHANGED: Final = register("comment.rule_changed", "修改点评起草规则")
COMMENT_SETTING_CHANGED: Final = register("comment.setting_changed", "修改点评设置")
