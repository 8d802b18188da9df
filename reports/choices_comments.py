"""Fixed lists of the comments, with the words that users read."""

from django.db.models import TextChoices


class CommentState(TextChoices):
    """Where a comment stands (docs/comments.md has the diagram)."""

    DRAFT = "draft", "草稿"
    SENT = "sent", "已发出"
    ACKNOWLEDGED = "acknowledged", "已签收"
    REPLIED = "replied", "已回复"
    ASKED_AGAIN = "asked_again", "再问"
    CLOSED = "closed", "办结"
    SKIPPED = "skipped", "不发"


class CommentMove(TextChoices):
    """What may be done to a comment."""

    EDIT = "edit", "修改"
    SKIP = "skip", "不发"
    RESTORE = "restore", "恢复起草"
    SEND = "send", "发出"
    ACKNOWLEDGE = "acknowledge", "签收"
    REPLY = "reply", "回复"
    ASK_AGAIN = "ask_again", "再问"
    CLOSE = "close", "办结"


class Side(TextChoices):
    """Who makes a move."""

    SENDER = "sender", "发出单位"
    RECIPIENT = "recipient", "收到单位"


class CommentChannel(TextChoices):
    """How a comment goes out; each has its own number series."""

    PHONE = "phone", "电话"
    LETTER = "letter", "函"
    BULLETIN = "bulletin", "通报"


class ReplyKind(TextChoices):
    """One entry of the correspondence after sending."""

    ACKNOWLEDGE = "acknowledge", "签收"
    REPLY = "reply", "回复"
    ASK_AGAIN = "ask_again", "再问"
    CLOSE = "close", "办结"
