"""角色卡 of the roles that read the files of villages."""

from accounts.choices import Role
from accounts.duty_cards import ACCOUNTS, BROKEN
from accounts.role_cards import RoleCard, Step, register

OFFICE = ("数字、口径、村里的情况", "本级换届办")


def declare() -> None:
    register(
        RoleCard(
            Role.SECOND_ENTRY,
            "计票时独立录第二遍，不看第一遍。",
            (
                Step("计票以前", "打开“今日”，看本届的日期和自己的任务。", "today"),
                Step("计票以前", "在“届次”里核对换届起止和上报期间。", "elections:rounds"),
                Step("每天", "用自己的账号登录，不借用别人的；离开座位就退出。", "account"),
            ),
            (("什么时候计票", "本乡镇换届办"), ACCOUNTS, BROKEN),
            "今日：本届日期和这个账号能办的事",
        ),
        RoleCard(
            Role.REVIEWER,
            "代表本部门答复联审，只看本部门的件。",
            (
                Step("每天上班", "打开“今日”，看有没有送到本部门的件和时限。", "today"),
                Step("每天", "在“届次”里看换届安排，按倒排的日期留出答复时间。", "elections:rounds"),
                Step("要看脱敏信息", "写明用途、事由编号再看；每看一次登记一次。", "reveals:list"),
            ),
            (("送审范围、时限", "同级换届办"), ACCOUNTS, BROKEN),
            "今日：本届日期和这个账号能办的事",
        ),
        RoleCard(
            Role.INSPECTOR,
            "到指定的村(社区)督导，看档案，对情况。",
            (
                Step("下村以前", "打开“今日”，看指定的村(社区)各差什么。", "today"),
                Step(
                    "下村以前",
                    "在“村情”里打开要去的村，看班子、底数和进度，需要时打印一村一策。",
                    "elections:orgs",
                ),
                Step(
                    "在村里",
                    "用手机打开同一页，逐项对；数不对，告诉乡镇改，不要自己记一套数。",
                    "elections:orgs",
                ),
                Step("回来以后", "看“村数”，对照同类的村还差什么。", "elections:counts"),
            ),
            (OFFICE, ("去哪些村", "派出的换届办"), ACCOUNTS, BROKEN),
            "村情档案：一村一页，班子、底数、进度和最近的日报",
        ),
        RoleCard(
            Role.EVALUATOR,
            "对抽中的村(社区)做评估，只看样本。",
            (
                Step("进场以前", "打开“今日”，核对样本名单。", "today"),
                Step("评估", "在“村情”里打开样本村，按档案逐项核。", "elections:orgs"),
                Step("核数", "用“村数”对照样本的合计。", "elections:counts"),
            ),
            (("样本、评估表", "委托的换届办"), ACCOUNTS, BROKEN),
            "村情：样本里的村(社区)，一村一行",
        ),
        RoleCard(
            Role.LEADER,
            "包联指定的村(社区)，知道卡在哪里，帮着推。",
            (
                Step("每周", "打开“今日”，看包联的村(社区)各差什么。", "today"),
                Step("进村以前", "打开村情档案，看班子、进度和最近的日报，打印一村一策。", "elections:orgs"),
                Step(
                    "进村以后",
                    "发现数不对，告诉乡镇干部改；进度慢，问清卡在哪一步、谁来办。",
                    "elections:orgs",
                ),
            ),
            (OFFICE, ("包联哪些村", "本级换届办"), ACCOUNTS, BROKEN),
            "今日：包联的村(社区)和它们还差的步骤",
        ),
    )
