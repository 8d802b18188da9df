"""While a stage of the sign-in is not passed, the frame shows no door but the way out."""

import re

from accounts.models import User
from tests.helpers import as_owner


def test_the_page_of_a_forced_password_shows_no_closed_door(committed, cast, client_of):
    client = client_of("town")
    with as_owner():
        User.objects.using("owner").filter(pk=cast.users["town"].pk).update(must_change_password=True)
    page = client.get("/", follow=True).content.decode()
    doors = {
        door for door in re.findall(r'(?:href|action)="(/[^"]*)"', page) if not door.startswith("/static/")
    }
    assert doors == {"/", "/logout/"}
    assert "请先修改密码" in page
