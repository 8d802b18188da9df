"""角色卡 of the roles that do not work on figures: the three administrators and who takes complaints."""

from typing import Final

from accounts.choices import Role
from accounts.role_cards import RoleCard, Step, register

ACCOUNTS: Final = ("账号、密码、第二因素", "本级系统管理员")
BROKEN: Final = ("页面出错", "系统管理员，报上页面的请求编号和时间")
GRANTS: Final = ("谁该有什么角色", "本级换届办的文件")


def declare() -> None:
    register(
        RoleCard(
            Role.HOTLINE,
            "受理举报和来信来访，只办本区域的件。",
            (
                Step("每天上班", "打开“今日”，看有没有交办的事和到期的时限。", "today"),
                Step("收到通知", "点右上角的铃，逐条去办，办完标为已读。", "notices:list"),
                Step("下班前", "核对自己发起的任务都已办完，退出登录。", "jobs:list"),
            ),
            (("受理范围、转办", "本级换届办"), ACCOUNTS, BROKEN),
            "今日：交办的事、时限和这个账号能办的事",
        ),
        RoleCard(
            Role.AUDITOR,
            "看谁在什么时候办了什么，核对记录没有被改过。",
            (
                Step("每天上班", "打开“今日”，看当天事项数和审计链是否完整。", "today"),
                Step("每天", "打开“审计”，按人、单位、事项、时间查；点一条看前后对照。", "audit:list"),
                Step("每周", "在“审计”里点“校验”，结果不对当天报告，不要自己处理。", "audit:list"),
                Step("每周", "看“查看登记”：谁看过脱敏信息，用途写得清不清。", "reveals:list"),
                Step("每周", "看“导出登记”：谁导出了什么，有没有不该导的。", "exports:list"),
            ),
            (("某一条该不该这样办", "办理单位的上一级换届办"), ("链有断点", "市换届办和安全管理员"), BROKEN),
            "审计：谁、在哪里、办了什么，一事一行",
        ),
        RoleCard(
            Role.ADMIN,
            "管乡镇账号、区划和系统运行，不看业务数据。",
            (
                Step("每天上班", "打开“今日”，有异常的先办。", "today"),
                Step("每天", "看“运行”：每一项是否正常，不正常的照右边写的办法做。", "health"),
                Step("有人报到、离任", "在“账号”里新建账号、授予或收回角色，写明理由。", "users:list"),
                Step("乡镇以上的角色", "提出申请，由安全管理员同意后生效。", "users:requests"),
                Step("区划有变", "在“区划”里提出或审批变更，看清楚预览再同意。", "areas:list"),
                Step("每周", "看“数据保留”：到期的有没有按时清理。", "retention"),
            ),
            (GRANTS, ("角色申请", "安全管理员"), ("系统起不来", "运行手册；再找市里的技术人员")),
            "账号：一人一行，角色、单位和起止日期",
        ),
        RoleCard(
            Role.SECURITY_ADMIN,
            "管角色授予、账号锁定和安全设置，不看业务数据。",
            (
                Step("每天上班", "打开“今日”，先办等你同意的申请。", "today"),
                Step("有申请", "在“双人办理”里核对人、单位、文件，同意或写明理由不同意。", "users:requests"),
                Step("丢了手机", "按登记的电话回拨核实本人，再同意解除第二因素。", "users:requests"),
                Step("有人离任、账号可疑", "当即收回角色或停用账号，写明理由。", "users:list"),
                Step("每周", "看“运行”里一小时内被拒访问，看“查看登记”。", "health"),
            ),
            (GRANTS, ("怀疑泄露", "市换届办负责人，先停用账号再报告"), BROKEN),
            "双人办理：申请人、要做的事、同意或不同意",
        ),
    )
