"""Text that cannot be kept is refused where it comes in; a constraint's refusal has its own sentence."""

import pytest
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.errors import Refusal, from_constraint
from accounts.models import Assignment
from accounts.scope import scoped
from accounts.whole_numbers import LARGEST_KEY, whole_number
from reports.rules.edits import REASON_KEY
from tests.helpers import as_owner


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("17", 17), (str(LARGEST_KEY), LARGEST_KEY), (str(LARGEST_KEY + 1), None), ("9" * 5_000, None)]
    + [(text, None) for text in ("", "²", "１", "-1", "+1", "1.0", "1_0", " 1", "\x001")],
)
def test_whole_number_reads_plain_digits_alone(text, number):
    assert whole_number(text) == number


def test_whole_number_has_a_limit():
    assert [whole_number("9999", most=9_999), whole_number("10000", most=9_999)] == [9_999, None]


@pytest.mark.parametrize(
    ("address", "body"),
    [("/orgs/?q=%00", None), ("/?unit=%00", None), ("/reports/daily/2026-11-22/ask/", {"reason": "a\x00b"})],
)
def test_nul_is_a_bad_request(db, client_of, address, body):
    client = client_of("town")
    answer = client.get(address) if body is None else client.post(address, body)
    assert answer.status_code == 400


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\u0000"'])
def test_json_that_is_no_text_is_a_bad_request(db, client_of, text):
    client = client_of("county")
    sent = f'{{"consent": true, "answer": {text}}}'
    address = "/api/v1/daily/2026-11-22/answer/?unit=990101001"
    assert client.post(address, sent, content_type="application/json").status_code == 400


def test_a_reason_longer_than_its_column_is_refused(db, cast):
    with scoped(cast.town) as by:
        assert audit.act(by, "test.cast", reason="村" * 500) > 0
        with pytest.raises(Refusal) as refusal:
            audit.act(by, "test.cast", reason="村" * 501)
    assert refusal.value.code == "reason_too_long"


def test_a_named_constraint_speaks_for_itself(committed, cast):
    with pytest.raises(IntegrityError) as error, as_owner(), transaction.atomic(using="owner"):
        Assignment.objects.using("owner").filter(pk=cast.town.pk).update(
            valid_from="2020-01-01", valid_to="2019-01-01"
        )
    refusal = from_constraint(error.value)
    assert (refusal.code, refusal.status) == ("dates_not_in_order", 409)
    assert refusal.source == "任职授权的数据约束 assignment_dates_in_order"
    assert from_constraint(IntegrityError()) is None


@pytest.mark.parametrize(
    "key", ["reason:13800138000", "reason:DR-040:13800138000 村", "reason:DR-040:", "reason:"]
)
def test_keys_of_reasons_name_a_rule_and_a_cell(key):
    assert REASON_KEY.fullmatch(key) is None
    assert REASON_KEY.fullmatch("reason:DR-040:visits") is not None
