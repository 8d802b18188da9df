"""Shapes of the API of the records."""

from rest_framework import serializers

from accounts.api.versions import VersionField
from elections import rules
from elections.actions.rounds import FIELDS
from elections.models import Org, Round


class RoundSerializer(serializers.ModelSerializer):
    area = serializers.CharField(source="area.code", help_text="Code of the managing city")
    province = serializers.CharField(source="province.code", help_text="Code of the province")

    class Meta:
        model = Round
        fields = (
            "id",
            "name",
            "province",
            "area",
            "year",
            "starts_on",
            "ends_on",
            "reporting_from",
            "reporting_to",
            "excluded_dates",
            "law_profile",
            "is_current",
            "practice",
            "version",
        )
        read_only_fields = fields


class NewRoundSerializer(serializers.ModelSerializer):
    """A round to create. Days of no report are a list of dates."""

    class Meta:
        model = Round
        fields = FIELDS
        # The act checks the whole round; a rule has one place and one code.
        validators: list = []


class RoundChangeSerializer(NewRoundSerializer):
    """Fields to change; `version` is the state they were read from."""

    version = VersionField()

    class Meta(NewRoundSerializer.Meta):
        fields = (*FIELDS, "version")


class OrgSerializer(serializers.ModelSerializer):
    """One record; null is 未报, ages are tenths of a year."""

    code = serializers.CharField(source="area.code")
    name = serializers.CharField(source="area.name")
    township = serializers.CharField(source="area.parent.name")
    county = serializers.CharField(source="area.parent.parent.name")

    class Meta:
        model = Org
        fields = ("code", "name", "township", "county", "round", *rules.EDITABLE, "version", "updated_at")
        read_only_fields = fields


class OrgChangeSerializer(serializers.ModelSerializer):
    """Fields to change; `version` is the state they were read from, `reason` answers a warning."""

    version = VersionField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    class Meta:
        model = Org
        fields = (*rules.EDITABLE, "version", "reason")


class FigureRowSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    figures = serializers.DictField(child=serializers.IntegerField())
    missing = serializers.DictField(child=serializers.IntegerField())


class CountsSerializer(serializers.Serializer):
    """Counts of one unit by its children; `total` is the sum of `rows`."""

    unit = serializers.CharField(source="unit.code")
    rows = FigureRowSerializer(many=True)
    total = FigureRowSerializer()
