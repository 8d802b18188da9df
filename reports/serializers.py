"""Shapes of the daily report in the API."""

from rest_framework import serializers

from accounts.api.versions import VersionField
from reports.models import DailyRevision
from reports.queries.receipts import receipt_number


class EditSerializer(serializers.Serializer):
    """One cell as typed: the text may be a figure, a day, ／, 不详 or nothing (未报)."""

    village = serializers.CharField(max_length=12, help_text="division code")
    key = serializers.CharField(max_length=80, help_text="metric key, note, or reason:<code>:<key>")
    text = serializers.CharField(max_length=400, allow_blank=True, trim_whitespace=False)
    base = serializers.IntegerField(min_value=0, default=0, help_text="number of the change seen before")


class DraftSerializer(serializers.Serializer):
    """Edits to keep, villages whose carried figures are confirmed, villages whose empty flows become 0."""

    edits = EditSerializer(many=True, default=list)
    confirm = serializers.ListField(child=serializers.CharField(max_length=12), default=list)
    zero = serializers.ListField(child=serializers.CharField(max_length=12), default=list)


class OutcomeSerializer(serializers.Serializer):
    """What became of the edits."""

    version = serializers.IntegerField()
    saved_at = serializers.DateTimeField()
    saved = serializers.ListField(child=serializers.DictField())
    refused = serializers.ListField(child=serializers.DictField())
    conflicts = serializers.ListField(child=serializers.DictField())


class FileSerializer(serializers.Serializer):
    """`version` of the sheet that was checked; the same version filed twice gives the same receipt."""

    version = VersionField()


class AskSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class AnswerSerializer(serializers.Serializer):
    consent = serializers.BooleanField()
    answer = serializers.CharField(max_length=200, allow_blank=True, default="")


class ReceiptSerializer(serializers.ModelSerializer):
    receipt = serializers.SerializerMethodField()
    unit = serializers.CharField(source="area.code", read_only=True)

    class Meta:
        model = DailyRevision
        fields = (
            "receipt", "unit", "date", "number", "sheet_version", "filed_by_name", "filed_by_office",
            "filed_at", "due_at", "late", "reason", "consented_by_name", "villages", "figures", "is_zero", "warnings",
            "changes", "digest", "digest_method",
        )  # fmt: skip
        read_only_fields = fields

    def get_receipt(self, revision: DailyRevision) -> str:
        return receipt_number(revision)


class VillageSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    values = serializers.DictField()
    marks = serializers.DictField()
    carried = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    stamps = serializers.DictField()


class IssueSerializer(serializers.Serializer):
    code = serializers.CharField()
    level = serializers.CharField()
    village = serializers.CharField(source="village_code")
    key = serializers.CharField()
    message = serializers.CharField()
    remedy = serializers.CharField()
    source = serializers.CharField()
    reason = serializers.CharField()


class DaySerializer(serializers.Serializer):
    """One township's day: the draft while it is open to its township, else the newest revision."""

    date = serializers.DateField()
    unit = serializers.CharField(source="township.code")
    state = serializers.CharField()
    version = serializers.IntegerField()
    due_at = serializers.DateTimeField(source="due")
    timeliness = serializers.CharField()
    villages = VillageSerializer(source="rows", many=True)
    issues = IssueSerializer(many=True)
    revisions = ReceiptSerializer(many=True)
