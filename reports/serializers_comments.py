"""Shapes of the comments in the API."""

from rest_framework import serializers

from accounts.api.versions import VersionField
from reports.choices_comments import CommentChannel, CommentMove
from reports.models import Comment, CommentNote, CommentReply, CommentSentence, CommentSetting

MOVES = (
    *(move.value for move in CommentMove if move not in (CommentMove.EDIT, CommentMove.SEND)),
    "merge",
    "refresh",
)


class SentenceSerializer(serializers.ModelSerializer):
    """A sentence with its facts: metric, unit, day, value then, how it is shown, URL."""

    facts = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = CommentSentence
        fields = ("id", "position", "text", "drafted", "rule", "rule_version", "facts")


class ReplySerializer(serializers.ModelSerializer):
    unit = serializers.CharField(source="area.code")

    class Meta:
        model = CommentReply
        fields = ("kind", "unit", "text", "author_name", "author_office", "at")


class CommentSerializer(serializers.ModelSerializer):
    """One comment as the list shows it."""

    sender = serializers.CharField(source="area.code")
    sender_name = serializers.CharField(source="area.name")
    recipient = serializers.CharField(source="recipient.code")
    recipient_name = serializers.CharField(source="recipient.name")
    escalated_to = serializers.CharField(source="escalated_to.code", default=None)
    state = serializers.CharField()

    class Meta:
        model = Comment
        fields = (
            "id", "sender", "sender_name", "recipient", "recipient_name", "date", "pinned_key", "state", "version",
            "title", "demand", "channel", "year", "number", "due_at", "sent_at", "sent_by_name", "acknowledged_at",
            "replied_at", "closed_at", "escalated_at", "escalated_to", "skip_reason",
        )  # fmt: skip


class CommentListSerializer(serializers.Serializer):
    """A page, newest first; `next` goes into `before`. `counts`: number under each filter."""

    results = CommentSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class CheckSerializer(serializers.Serializer):
    code = serializers.CharField()
    level = serializers.CharField()
    message = serializers.CharField()
    sentence = serializers.IntegerField(allow_null=True)
    number = serializers.CharField()


class CommentPageSerializer(serializers.Serializer):
    """One comment with everything about it; `checks` of a draft of the own office, `moves` of this reader."""

    comment = CommentSerializer()
    sentences = SentenceSerializer(many=True)
    replies = ReplySerializer(many=True)
    moves = serializers.ListField(child=serializers.CharField())
    overdue = serializers.BooleanField()
    checks = CheckSerializer(many=True)


class EditedSerializer(serializers.Serializer):
    """A sentence that stays; `cite` adds facts as what:metric or note:id, `join` puts it to the one before."""

    id = serializers.IntegerField(min_value=1)
    text = serializers.CharField(max_length=400)
    cite = serializers.ListField(child=serializers.CharField(max_length=60), default=list)
    join = serializers.BooleanField(default=False)


class EditSerializer(serializers.Serializer):
    """The whole draft; sentences that are not listed are taken out. `version` as it was read: stale is 409."""

    version = VersionField()
    title = serializers.CharField(max_length=80)
    demand = serializers.CharField(max_length=600, allow_blank=True)
    channel = serializers.ChoiceField(choices=CommentChannel.choices)
    sentences = EditedSerializer(many=True)
    cite = serializers.ListField(child=serializers.CharField(max_length=60), default=list)


class SendSerializer(serializers.Serializer):
    """Drafts to send; without `channel` each goes as it says, without `due_at` the settings say."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=1000)
    channel = serializers.ChoiceField(choices=CommentChannel.choices, required=False, default="")
    due_at = serializers.DateTimeField(required=False, default=None)
    accept_moved = serializers.BooleanField(default=False)


class SentSerializer(serializers.Serializer):
    """What went out, and what was kept back with its findings."""

    sent = CommentSerializer(many=True)
    kept = serializers.ListField(child=serializers.DictField())


class MoveSerializer(serializers.Serializer):
    """One move; `text` is the reply, question, result or reason; `other` the draft to merge."""

    move = serializers.ChoiceField(choices=MOVES)
    version = serializers.IntegerField(min_value=1, required=False, default=None)
    text = serializers.CharField(max_length=600, allow_blank=True, default="")
    due_at = serializers.DateTimeField(required=False, default=None)
    other = serializers.IntegerField(min_value=1, required=False, default=None)


class NoteSerializer(serializers.ModelSerializer):
    about = serializers.CharField(max_length=12, source="about.code")

    class Meta:
        model = CommentNote
        fields = ("id", "date", "about", "text", "figure", "measure", "written_by_name", "created_at")
        read_only_fields = ("id", "written_by_name", "created_at")


class PinSerializer(serializers.Serializer):
    """A cell of the roll-up: unit, metric, day."""

    of = serializers.CharField(max_length=12)
    key = serializers.CharField(max_length=32)
    date = serializers.DateField()


class RuleSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField(source="spec.label")
    version = serializers.IntegerField()
    enabled = serializers.BooleanField()
    params = serializers.DictField(child=serializers.IntegerField())
    wording = serializers.CharField()


class RuleChangeSerializer(serializers.Serializer):
    """Another version of a rule; `version` is the one that was read."""

    version = VersionField()
    enabled = serializers.BooleanField()
    params = serializers.DictField(child=serializers.IntegerField())
    wording = serializers.CharField(max_length=300)


class SettingSerializer(serializers.ModelSerializer):
    version = VersionField()
    reply_hours = serializers.IntegerField(min_value=1, max_value=720)
    escalate_hours = serializers.IntegerField(min_value=1, max_value=720)

    class Meta:
        model = CommentSetting
        fields = (
            "version", "by_city", "by_county", "by_township", "reply_hours", "escalate_hours", "demand", "praise",
        )  # fmt: skip
        extra_kwargs = {
            name: {"required": True} for name in ("by_city", "by_county", "by_township", "demand", "praise")
        }
