"""The daily table, its columns and its rules name the same things."""

from accounts import metrics as registry
from accounts.metrics import MetricKind, MetricNature
from reports import metrics
from reports.models.columns import FigureColumns, column_keys
from reports.rules.catalogue import RULES, STEP_OF
from reports.rules.checks import EVALUATORS


def test_every_declared_metric_has_a_column_and_every_column_a_metric():
    assert {metric.key for metric in registry.all_metrics()} == set(column_keys())


def test_a_date_metric_is_a_date_column_and_a_count_an_integer_one():
    for field in FigureColumns._meta.local_fields:
        nature = metrics.by_key()[field.name].nature
        expected = "DateField" if nature is MetricNature.DATE else "IntegerField"
        assert (field.name, field.get_internal_type()) == (field.name, expected)


def test_typed_flows_are_the_seven_settled_ones():
    assert [metric.name for metric in metrics.flows()] == [
        "走访户次",
        "谈话人次",
        "培训人次",
        "宣传场次",
        "信访件",
        "举报件",
        "舆情件",
    ]


def test_every_denominator_is_a_metric():
    named = {metric.denominator for metric in metrics.table() if metric.denominator}
    assert named - set(column_keys()) == set()


def test_every_rule_looks_at_known_keys_and_has_an_evaluator():
    known = set(column_keys()) | {"note"}
    for rule in RULES:
        assert rule.kind in EVALUATORS
        assert {key for key in rule.keys if not key.startswith("*")} - known == set()


def test_codes_are_used_once():
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_a_figure_that_follows_a_step_is_typed_and_the_step_a_date():
    for key, step in STEP_OF.items():
        assert metrics.by_key()[key].kind is MetricKind.TYPED
        assert metrics.by_key()[step].nature is MetricNature.DATE
