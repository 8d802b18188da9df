"""What the job machinery registers with the ground floor when the application starts."""

from accounts import audit, today
from accounts.jobs import cards, housekeeping, probes


def register() -> None:
    audit.register("job.started", "发起后台任务")
    audit.register("job.cancelled", "停止后台任务")
    audit.register("job.restarted", "重新执行后台任务")
    audit.register("job.result_downloaded", "下载任务结果")
    probes.register()
    housekeeping.register()
    today.register(90, cards.cards)
