"""角色卡 of the offices and of the wall."""

from accounts.choices import Role
from accounts.duty_cards import ACCOUNTS, BROKEN
from accounts.role_cards import RoleCard, Step, register

COUNTY_ASKS = (("数字、口径、更正", "市换届办"), ACCOUNTS, BROKEN)


def declare() -> None:
    register(
        RoleCard(
            Role.CITY_OFFICE,
            "掌握全市进度，点评县(市、区)，发布通报；下面报的数不代改。",
            (
                Step("每天上班", "打开“今日”，先办超时的，再办今天到期的。", "today"),
                Step("白天", "在“汇总”里看各县位次和日增；哪个数不对，点开它，一直看到村。", "rollup:table"),
                Step(
                    "数不对",
                    "在“完成度”里打开那个县的那一天，退回或重开，写明理由和截止时间。",
                    "completeness:grid",
                ),
                Step("截止后", "在“完成度”里看谁迟、谁缺，点“催报”。", "completeness:grid"),
                Step(
                    "截止后",
                    "“点评”已按当天的数起草：逐件看依据，改好，发出；有回复的办结或再问。",
                    "comments:list",
                ),
                Step(
                    "定稿",
                    "在“汇总”里点“发布”，冻结当天的数表；以后有更正，在“公布”里对照。",
                    "publications:list",
                ),
                Step("每周", "看“点评统计”：发了多少，签收、回复、办结、逾期各多少。", "comments:counts"),
            ),
            (("口径、要求", "省里的通知"), ACCOUNTS, BROKEN),
            "汇总：各县一行，点数字看到村",
        ),
        RoleCard(
            Role.COUNTY_OFFICE,
            "催齐、审核乡镇的日报，报市；点评乡镇，答复更正。",
            (
                Step("每天上班", "打开“今日”，先答复乡镇的更正申请和市里的点评。", "today"),
                Step("下午", "在“完成度”里看哪些乡镇没有报，点“催报”。", "completeness:grid"),
                Step(
                    "报齐以后",
                    "打开当天，核对各乡镇的数；不对的退回，写明理由，对的审核报市。",
                    "completeness:grid",
                ),
                Step(
                    "截止后",
                    "“点评”已按当天的数起草：看依据，改好，发给乡镇；有回复的办结或再问。",
                    "comments:list",
                ),
                Step("随时", "在“汇总”里看本县总表；马上要最新的数，点“立即汇总”。", "rollup:table"),
                Step("随时", "在“村情”里查一个村，打印一村一策。", "elections:orgs"),
            ),
            COUNTY_ASKS,
            "完成度：乡镇乘日期，按时、迟、缺、退一眼看清",
        ),
        RoleCard(
            Role.TOWNSHIP,
            "管好本乡镇各村(社区)的档案，每天截止前报日报。",
            (
                Step("每天上班", "打开“今日”，看今天要报什么、几点截止、有没有退回和点评。", "today"),
                Step("白天", "打开“日报”：一村一行。累计数沿用上次的，逐格或一次确认。", "reports:daily"),
                Step(
                    "白天",
                    "当天发生的每天重新填：没有填 0，不适用填 ／，查不到填 不详。可从 Excel 粘贴。",
                    "reports:daily",
                ),
                Step("截止前", "点“核对并上报”：红的改好，提醒写明理由；拿到回执才算报了。", "reports:daily"),
                Step("报错了", "打开那一天，点“申请更正”写理由，县里同意后报更正稿。", "reports:daily"),
                Step("收到点评", "在“点评”里签收，写明做了什么，在时限前回复。", "comments:list"),
                Step("情况有变", "在“村情”里修改档案，日报的底数跟着变。", "elections:orgs"),
            ),
            (("数字、口径、退回和更正", "县级换届办"), ACCOUNTS, BROKEN),
            "日报：一村一行，填完点“核对并上报”",
        ),
        RoleCard(
            Role.WALL,
            "挂在墙上给大家看合计，不用操作。",
            (
                Step("开机", "登录一次，打开“大屏”，按 F11 铺满屏幕。", "wall"),
                Step("平时", "数每分钟自己更新，不会自动退出；断网时标明是几点的数。", "wall"),
                Step(
                    "要看明细",
                    "回到自己的电脑，用自己的账号看“汇总”；大屏只有合计，打不开村。",
                    "rollup:table",
                ),
            ),
            (("数字", "本级换届办"), ("换设备、停用", "本级系统管理员"), BROKEN),
            "大屏：各单位的合计，大字，自动更新",
        ),
    )
