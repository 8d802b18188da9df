"""A masked field: what rests, what is shown, what is refused."""

from contextlib import contextmanager

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connections, transaction

from accounts.errors import Refusal
from accounts.masked import Masked, mask_identity, mask_phone
from accounts.models import User
from tests.cast import phone_of
from tests.helpers import as_owner


@pytest.mark.parametrize(
    ("number", "shown"),
    [("19900000001", "199****0001"), ("057982300001", "********0001"), ("8230001", "***0001")],
)
def test_the_mask_of_a_telephone_number(number, shown):
    assert mask_phone(number) == shown


def test_the_mask_of_an_identity_number():
    assert mask_identity("33070219900101123X") == "**************123X"


def phone_field():
    return User._meta.get_field("phone")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("199 0000-0001", "199****0001"),
        ("0579-82300001", "********0001"),
        ("1234567", "***4567"),
        ("", ""),
        (" ", ""),
    ],
)
def test_blanks_and_hyphens_do_not_count(text, shown):
    assert str(phone_field().seal(User(pk=1), text)) == shown


@pytest.mark.parametrize(
    "text", ["123456", "1234567890123", "电话", "１９９００００００００１", "12345a7", "29900000001x"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(Refusal) as refused:
        phone_field().seal(User(pk=1), text)
    assert (refused.value.code, refused.value.field) == ("phone_malformed", "phone")


def test_nothing_in_clear_rests_in_the_row(committed, cast):
    kept = User.objects.get(pk=cast.users["town"].pk).phone
    assert (kept.shown, phone_of("town") in kept.stored) == ("199****0005", False)
    assert (str(kept), repr(kept)) == ("199****0005", "Masked(shown='199****0005')")


def test_plain_text_is_stored_by_no_way(committed, cast):
    with pytest.raises(TypeError):
        User.objects.filter(pk=cast.users["town"].pk).update(phone="19900000001")
    for text in ("19900000001", "199****0001|19900000001", "19900000001|sm4-gcm-1:00"):
        with as_owner(), connections["owner"].cursor() as cursor, refused_by("user_phone_sealed"):
            cursor.execute("UPDATE accounts_user SET phone = %s WHERE username = 'town'", [text])


@contextmanager
def refused_by(constraint: str):
    """The statement inside breaks this constraint; the transaction around it goes on."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(using="owner"):
        yield


@pytest.mark.parametrize(
    "lookup", ["phone__startswith", "phone__contains", "phone__gt", "phone__in", "phone__icontains"]
)
def test_nobody_asks_for_it_digit_by_digit(lookup):
    with pytest.raises(FieldError):
        User.objects.filter(**{lookup: "199"})


def test_a_row_without_a_key_has_no_value_yet():
    with pytest.raises(ValueError, match="has a key"):
        phone_field().seal(User(), "19900000001")


def test_no_value_is_false():
    assert (bool(Masked()), Masked().stored) == (False, "")


def test_one_gives_changes_and_takes_back_ones_own_number(committed, client_of, cast):
    client = client_of("town")
    told = client.post("/account/phone/", {"phone": "199 0000 9999"}, follow=True)
    assert "联系电话已登记：199****9999" in told.content.decode()
    wrong = client.post("/account/phone/", {"phone": "12"}, follow=True)
    assert "电话须为 7 至 12 位数字" in wrong.content.decode()
    assert str(User.objects.get(username="town").phone) == "199****9999"
    client.post("/account/phone/", {"phone": ""})
    assert User.objects.get(username="town").phone == Masked()


def test_the_same_through_the_api(committed, client_of):
    client, send = client_of("town"), {"content_type": "application/json"}
    assert client.put("/api/v1/me/phone/", {"phone": "19900009999"}, **send).json() == {
        "phone": "199****9999"
    }
    wrong = client.put("/api/v1/me/phone/", {"phone": "12"}, **send)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "phone_malformed")
    assert client.put("/api/v1/me/phone/", {"phone": ""}, **send).json() == {"phone": ""}
