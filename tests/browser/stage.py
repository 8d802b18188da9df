"""长河镇: an invented township of 22 villages beside the cast, with a week of filed reports before today."""

from __future__ import annotations

import datetime

from django.contrib.auth.hashers import make_password

from accounts.choices import AreaKind, Level, Role
from accounts.models import Area, Assignment, User
from elections.models import Org
from reports.models import CutOff
from tests.cast import PASSWORD, Cast
from tests.helpers import as_owner
from tests.reports.filed import file_day

TOWN, TOWN_NAME, COUNTY, CITY = "990101103", "长河镇", "990101", "9901"
VILLAGES = [
    "上店村",
    "下店村",
    "前宅村",
    "后宅村",
    "石门村",
    "溪口村",
    "桥头村",
    "大塘村",
    "小塘村",
    "东山村",
    "西山村",
    "南坑村",
    "北坑村",
    "竹园村",
    "枫林村",
    "梅溪村",
    "柳岸村",
    "白沙村",
]
COMMUNITIES = ["长河社区", "新街社区", "河滨社区", "工业社区"]
FLOWS = ("visits", "talks", "trainings", "publicity", "petitions", "tip_offs", "public_opinion")


def codes() -> list[str]:
    """The 22 division codes in the order of the sheet: communities from 001, villages from 201."""
    return [f"{TOWN}{n:03}" for n in range(1, 5)] + [f"{TOWN}{n}" for n in range(201, 219)]


def today() -> datetime.date:
    """The day that is open, by the clock of the round."""
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()


def seat_township(cast: Cast) -> Cast:
    """Commit the township; returns a cast of its own that has it, as `river`."""
    own = Cast(dict(cast.areas), dict(cast.rounds), dict(cast.orgs), dict(cast.people), dict(cast.users))
    with as_owner():
        _seat_areas(own)
        _seat_cadre(own)
        # Whatever the hour the tests run at, a report of today is on time.
        for level in (Level.COUNTY, Level.TOWNSHIP):
            CutOff.objects.using("owner").create(
                round=own.rounds[CITY], area=own.areas[CITY], level=level, at=datetime.time(23, 59)
            )
    for back in (6, 5, 4, 3, 2, 1):
        file_day(own, TOWN, today() - datetime.timedelta(days=back), ordinary(back))
    return own


def _seat_areas(cast: Cast) -> None:
    town = _area(cast, TOWN, TOWN_NAME, Level.TOWNSHIP, AreaKind.TOWN, cast.areas[COUNTY])
    names = [*COMMUNITIES, *VILLAGES]
    for number, (code, name) in enumerate(zip(codes(), names, strict=True)):
        kind = AreaKind.COMMUNITY if name in COMMUNITIES else AreaKind.VILLAGE
        _area(cast, code, name, Level.VILLAGE, kind, town)
        cast.orgs[code] = Org.objects.using("owner").create(
            round=cast.rounds[CITY], area=cast.areas[code], kind=kind, party_org_type="branch",
            population=1100 + 70 * number, households=320 + 20 * number, registered_voters=840 + 50 * number,
            party_members=36 + number, seats_party=5, seats_committee=5,
        )  # fmt: skip


def _area(cast: Cast, code: str, name: str, level: int, kind: str, parent: Area) -> Area:
    cast.areas[code] = Area.objects.using("owner").create(
        code=code, name=name, short_name=name[:2], level=level, kind=kind, parent=parent,
        path=f"{parent.path}{code}/", in_electorate=level == Level.VILLAGE,
    )  # fmt: skip
    return cast.areas[code]


def _seat_cadre(cast: Cast) -> None:
    cast.users["river"] = User.objects.using("owner").create(
        username="river", display_name="周河", password=make_password(PASSWORD)
    )
    cast.people["river"] = Assignment.objects.using("owner").create(
        user_id=cast.users["river"].pk, holder_name="周河", office_name=f"{TOWN_NAME}党政办",
        role=Role.TOWNSHIP, area=cast.areas[TOWN], valid_from=datetime.date(2020, 1, 1),
    )  # fmt: skip
    cast.people["river"].refresh_from_db(using="owner")


def ordinary(back: int) -> dict[str, dict]:
    """What each village filed `back` days ago: ordinary work, and steps reached by the first ten."""
    start = today() - datetime.timedelta(days=50)
    figures = {}
    for number, code in enumerate(codes()):
        values = {flow: 0 for flow in FLOWS} | {"visits": 6 + (number + back) % 9, "talks": 2 + number % 4}
        if number < 10:
            values |= {
                "audit_published_on": start + datetime.timedelta(days=number),
                "committee_formed_on": start + datetime.timedelta(days=12 + number),
            }
        figures[code] = values
    return figures
