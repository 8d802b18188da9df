"""Screens of this app in the menu."""

from accounts import abilities, navigation, saved
from accounts.choices import Role
from reports.comment_today import waiting_comments
from reports.views.rollup import READERS as ROLLUP_READERS
from reports.views.wall import READERS as WALL_READERS


def declare() -> None:
    """Put the daily report into the menu."""
    everyone = (Role.TOWNSHIP, Role.COUNTY_OFFICE, Role.CITY_OFFICE)
    navigation.register("上报", "日报", "reports:daily", everyone, 10)
    navigation.register("系统", "日报设置", "reports:daily-settings", (Role.CITY_OFFICE,), 15)
    navigation.register("上报", "完成度", "completeness:grid", everyone, 20)
    navigation.register("上报", "点评", "comments:list", everyone, 40, counter=waiting_comments)
    navigation.register("上报", "大屏", "wall", WALL_READERS, 40)
    navigation.register("上报", "汇总", "rollup:table", ROLLUP_READERS, 30)
    navigation.register("上报", "公布", "publications:list", everyone, 35)
    # Days are left out: a saved filter shows the newest.
    saved.register("completeness:grid", "完成度", everyone, ("unit", "span", "open", "what"))
    keys = ("unit", "table", "mode", "tree", "open", "of", "what")
    saved.register("rollup:table", "汇总", everyone, keys)
    saved.register(
        "comments:list", "点评", everyone, ("unit", "box", "state", "of", "channel", "step", "from", "to")
    )
    abilities.register(
        {
            "reports:daily-check": "填报并上报当天的日报",
            "reports:daily-import": "用 Excel 填当天的日报",
            "reports:daily-ask": "已报的日子申请更正",
            "reports:daily-answer": "答复乡镇的更正申请",
            "reports:daily-return": "把乡镇的日报退回，写明理由",
            "reports:daily-reopen": "让乡镇在限定时间内重报，写明理由",
            "reports:forward-return": "把县(市、区)的日报退回，写明理由",
            "reports:forward-reopen": "让县(市、区)在限定时间内重报，写明理由",
            "reports:daily-cut-offs": "设定上报截止时间",
            "reports:daily-item-add": "增加、停用本市的上报项目",
            "reports:daily-item-end": "增加、停用本市的上报项目",
            "rollup:fold": "立即重算汇总",
            "rollup:export": "导出汇总",
            "rollup:comparison-export": "导出公布与现在的对照",
            "publications:publish": "发布汇总通报",
            "publications:check": "重算已公布的数表",
            "completeness:export": "导出完成度",
            "completeness:chase": "催报没有报日报的乡镇",
            "reports:daily-collect": "收乡镇的日报表，转给乡镇核对取用",
            "reports:daily-offer": "核对、取用县里转来的日报表",
            "rollup:villages": "导出一个数背后的村(社区)",
            "comments:send": "起草、修改、发出对下级的点评",
            "comments:settle": "把收到回复的点评办结，或再问",
            "comments:note": "记当日动态，供点评引用",
            "comments:pdf": "把发出、收到的函和通报做成 PDF",
            "comments:export": "导出点评清单、点评统计",
            "comments:counts-export": "导出点评清单、点评统计",
            "comments:rule": "修改点评的起草规则和时限",
            "comments:settings": "修改点评的起草规则和时限",
        }
    )
    abilities.register({"comments:answer": "签收、回复上级的点评"}, only=(Role.COUNTY_OFFICE, Role.TOWNSHIP))
    abilities.register({"reports:daily-recall": "收回退回、重开的日报"}, only=(Role.COUNTY_OFFICE,))
    abilities.register({"reports:forward": "审核乡镇日报并报市"}, only=(Role.COUNTY_OFFICE,))
