"""What was typed, put back into the form of a page: every kind of field, and nothing else of the page."""

import pytest
from django.http import QueryDict

from accounts.refill import refill

OWN = ("csrfmiddlewaretoken",)


def again(page: str, posted: str, action: str = "/go/", path: str = "/page/") -> str:
    return refill(page, path, action, QueryDict(posted), OWN)[0]


def form(inner: str, more: str = 'action="/go/"') -> str:
    return f"<p>前</p>\n<form method='post' {more}>{inner}</form>后"


def filled(inner: str) -> str:
    return f'<p>前</p>\n<form method="post" action="/go/" data-again>{inner}</form>后'


@pytest.mark.parametrize(
    ("drawn", "posted", "shown"),
    [
        ('<input name="a">', "a=x%22%3Cy", '<input name="a" value="x&quot;&lt;y">'),
        ('<input name="a" value="old">', "a=", '<input name="a" value="">'),
        ('<input name="a" value="old">', "b=1", '<input name="a" value="old">'),
        ('<input name="a"><input name="a">', "a=1&a=2", '<input name="a" value="1"><input name="a" value="2">'),
        ('<input type="hidden" name="v" value="3">', "v=2", '<input type="hidden" name="v" value="3">'),
        ('<input type="password" name="p">', "p=x", '<input type="password" name="p">'),
        ("<textarea name='a'>old</textarea>", "a=%E7%90%86%0A%3C", "<textarea name='a'>\n理\n&lt;</textarea>"),
        ('<input type="checkbox" name="c" value="1" checked>', "x=1",
         '<input type="checkbox" name="c" value="1">'),
        ('<input type="checkbox" name="c" value="1">', "c=1", '<input type="checkbox" name="c" value="1" checked>'),
        ('<input type="radio" name="r" value="1" checked><input type="radio" name="r" value="2">', "r=2",
         '<input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>'),
        ('<select name="s"><option value="1" selected>一</option><option value="2">二</option></select>', "s=2",
         '<select name="s"><option value="1">一</option><option value="2" selected>二</option></select>'),
        ('<select name="s"><option>一</option><option>二</option></select>', "s=%E4%BA%8C",
         '<select name="s"><option>一</option><option selected>二</option></select>'),
    ],
)  # fmt: skip
def test_every_kind_of_field(drawn, posted, shown):
    assert again(form(drawn), posted) == filled(shown)


def test_a_form_without_an_address_is_sent_to_its_page():
    page = form('<input name="a">', "")
    assert again(page, "a=1", "/page/") == page.replace("'post' ", '"post" data-again').replace(
        'name="a"', 'name="a" value="1"'
    )
    assert again(page, "a=1", "/go/") == page


def test_of_several_forms_to_one_address_the_one_that_was_sent():
    two = [
        f'<form action="/go/"><input type="hidden" name="n" value="{n}"><input name="a"></form>' for n in "12"
    ]
    shown = again("".join(two), "n=2&a=x")
    assert shown == two[0] + two[1].replace('/go/"', '/go/" data-again').replace(
        'name="a"', 'name="a" value="x"'
    )


def test_of_forms_that_differ_in_their_buttons_too():
    two = [
        f'<form action="/go/"><input name="a"><button name="act" value="{n}">做</button></form>' for n in "12"
    ]
    assert again("".join(two), "a=x&act=2").index('value="x"') > len(two[0])


def test_a_field_elsewhere_that_names_its_form():
    page = '<form id="f" action="/go/?unit=1"></form><p><input form="f" name="a"></p>'
    assert again(page, "a=1") == (
        '<form id="f" action="/go/?unit=1" data-again></form><p><input form="f" name="a" value="1"></p>'
    )


def test_what_lies_folded_up_is_opened():
    inner = form('<input name="a">')
    page = f"<details><summary>写</summary>{inner}</details><details>别的</details>"
    assert again(page, "a=1").startswith("<details open><summary>")
    assert again(page, "a=1").endswith("<details>别的</details>")


def test_names_with_a_place_are_told():
    page = form('<input type="hidden" name="v"><input name="a"><button name="act" value="1">做</button>')
    assert refill(page, "/page/", "/go/", QueryDict("a=1"), OWN)[1] == {"v", "a", "act"}
    assert refill(page, "/page/", "/other/", QueryDict("a=1"), OWN) == (page, set())


def test_what_was_said_stands_at_the_head_of_the_form():
    page, _ = refill(form('<input name="a">'), "/page/", "/go/", QueryDict("a=1"), OWN, "<b>否</b>")
    assert page == filled('<b>否</b><input name="a" value="1">')
