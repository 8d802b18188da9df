"""Shapes of totals, completeness and the catalogue in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reports.queries.rollup import Cell


class ColumnSerializer(serializers.Serializer):
    """One column of the table; `show` says what of the metric: value, share, rate, change, rank, missing."""

    heading = serializers.CharField()
    key = serializers.CharField()
    show = serializers.CharField()
    of = serializers.CharField(help_text="key of the denominator of a rate")


class GroupSerializer(serializers.Serializer):
    heading = serializers.CharField()
    columns = ColumnSerializer(many=True)


class GapSerializer(serializers.Serializer):
    """Villages the figure does without: 未报, 不适用, 不详."""

    missing = serializers.IntegerField()
    na = serializers.IntegerField()
    unknown = serializers.IntegerField()


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "format": "date"}], "nullable": True})
class FigureField(serializers.Field):
    """A count, a percentage, or the day a village reports for a step."""

    def to_representation(self, value: Any) -> Any:
        return value


class CellSerializer(serializers.Serializer):
    """One figure. `value` null is 未报, or not computed where `mark` is `none`; a rate is in per cent."""

    value = serializers.SerializerMethodField()
    kind = serializers.CharField(help_text="int, rate, change, rank or date")
    mark = serializers.CharField(help_text="none, na, unknown, not_reached or empty")
    incomplete = serializers.IntegerField(help_text="townships the figure does without: it is a lower bound")
    gap = serializers.SerializerMethodField()
    moved = serializers.IntegerField(help_text="ranks gained since the day before")

    @extend_schema_field(FigureField)
    def get_value(self, cell: Cell) -> Any:
        return cell.value

    @extend_schema_field(GapSerializer)
    def get_gap(self, cell: Cell) -> dict[str, int]:
        return dict(zip(("missing", "na", "unknown"), cell.gap, strict=True))


class FlagsSerializer(serializers.Serializer):
    """Townships that are returned, re-opened or waiting for a correction, and counties that have forwarded the day."""

    returned = serializers.IntegerField()
    reopened = serializers.IntegerField()
    asked = serializers.IntegerField()
    counties = serializers.IntegerField()
    forwarded = serializers.IntegerField()
    county_returned = serializers.IntegerField()
    county_reopened = serializers.IntegerField()


class LineSerializer(serializers.Serializer):
    """One unit; its cells stand in the order of the columns."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField(help_text="1 province to 5 village")
    missing = serializers.IntegerField(help_text="townships that have not filed the day")
    source_date = serializers.DateField(allow_null=True, help_text="day of the report the levels are from")
    flags = FlagsSerializer()
    cells = CellSerializer(many=True)


class TableSerializer(serializers.Serializer):
    """The table of one unit; `folded_at` is the moment its totals were made."""

    unit = serializers.CharField(source="unit.code")
    name = serializers.CharField(source="unit.name")
    date = serializers.DateField(source="day")
    table = serializers.CharField(source="layout.code")
    title = serializers.CharField(source="layout.title")
    mode = serializers.CharField()
    tree = serializers.CharField(help_text="managing or statistical")
    townships = serializers.IntegerField()
    filed = serializers.IntegerField()
    folded_at = serializers.DateTimeField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True, help_text="recorded moment asked for; null: as stored")
    groups = GroupSerializer(source="layout.groups", many=True)
    rows = LineSerializer(source="lines", many=True)
    total = LineSerializer(allow_null=True)


class VillageFigureSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    township = serializers.CharField()
    township_code = serializers.CharField()
    value = FigureField(allow_null=True)
    mark = serializers.CharField()
    source_date = serializers.DateField()
    revision = serializers.IntegerField(source="number")


class VillagesSerializer(serializers.Serializer):
    """A page; `next` goes into `after`, null on the last page."""

    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    results = VillageFigureSerializer(many=True)


class TownshipSerializer(serializers.Serializer):
    code = serializers.CharField(source="area.code")
    name = serializers.CharField(source="area.name")
    county = serializers.CharField(source="area.parent.name")
    source_date = serializers.DateField(allow_null=True, help_text="day of its newest report")


class TownshipsSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    results = TownshipSerializer(many=True)


class DayCellSerializer(serializers.Serializer):
    """One unit on one day: its gravest state and how many of its townships are in it.

    `confirmed`: townships whose newest revision the county has forwarded. `forward`: the county's own state.
    """

    date = serializers.DateField(source="day")
    state = serializers.CharField(source="shown")
    count = serializers.IntegerField()
    states = serializers.DictField(child=serializers.IntegerField())
    confirmed = serializers.IntegerField()
    forward = serializers.CharField(
        allow_null=True, help_text="of a county: the same words, by the county cut-off"
    )
    on_time_rate = serializers.FloatField(allow_null=True)
    county = serializers.CharField(
        allow_null=True,
        help_text="of a county: on_time when it first forwarded the day by the county's cut-off, else late, missing, "
        "not_due or not_asked",
    )


class UnitLineSerializer(serializers.Serializer):
    """One unit over the days shown; `rate` is the share of the reports due that came on time, in per cent."""

    code = serializers.CharField(source="area.code")
    name = serializers.CharField(source="area.name")
    level = serializers.IntegerField(source="area.level")
    townships = serializers.IntegerField()
    on_time = serializers.IntegerField()
    late = serializers.IntegerField()
    missing = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    county_days = serializers.IntegerField(help_text="county days whose county cut-off has passed")
    county_on_time = serializers.IntegerField(help_text="of these, forwarded by then")
    cells = DayCellSerializer(many=True)


class CompletenessSerializer(serializers.Serializer):
    """Counties with their townships in the order of the tree, and the unit itself as `total`."""

    days = serializers.ListField(child=serializers.DateField(), source="found.days")
    passed = serializers.IntegerField(source="found.passed", help_text="days whose cut-off has passed")
    cut_off = serializers.TimeField()
    words = serializers.DictField(child=serializers.CharField())
    as_of = serializers.DateTimeField(allow_null=True, help_text="recorded moment asked for; null: now")
    rows = UnitLineSerializer(source="found.lines", many=True)
    total = UnitLineSerializer(source="found.total")


class MetricSerializer(serializers.Serializer):
    """One column of the daily table."""

    key = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField()
    unit = serializers.CharField()
    kind = serializers.CharField(help_text="derived from records, or typed")
    nature = serializers.CharField(help_text="stock, flow or date")
    additive_units = serializers.BooleanField()
    additive_days = serializers.BooleanField()
    denominator = serializers.CharField(help_text="key of the metric this one is a share of")
    source = serializers.CharField()


class CutOffsSerializer(serializers.Serializer):
    """Time of day (Asia/Shanghai) by which each level is due."""

    township = serializers.TimeField(format="%H:%M")
    county = serializers.TimeField(format="%H:%M")


class LocalItemSerializer(serializers.Serializer):
    """A city's own item; without a key one is made of the initials of its name."""

    id = serializers.IntegerField(source="pk", read_only=True)
    key = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    name = serializers.CharField(max_length=20)
    unit = serializers.CharField(max_length=10)
    nature = serializers.ChoiceField(choices=["stock", "flow"])
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(read_only=True, allow_null=True)


class EndItemSerializer(serializers.Serializer):
    valid_to = serializers.DateField()


class SettingsSerializer(serializers.Serializer):
    round = serializers.IntegerField(source="round.pk")
    cut_offs = CutOffsSerializer()
    items = LocalItemSerializer(many=True)
