"""The fixed cast: one invented city, its units and one account for every role. Committed once for all tests."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from accounts.choices import AreaKind, Level, Role

PASSWORD = "Test-password-2026"

# code, name, level, kind, parent
UNITS = [
    ("99", "测试省", Level.PROVINCE, AreaKind.PROVINCE, None),
    ("9901", "临江市", Level.CITY, AreaKind.CITY, "99"),
    ("9902", "望海市", Level.CITY, AreaKind.CITY, "99"),
    ("990101", "东塘区", Level.COUNTY, AreaKind.COUNTY, "9901"),
    ("990102", "西岭县", Level.COUNTY, AreaKind.COUNTY, "9901"),
    ("990201", "海门区", Level.COUNTY, AreaKind.COUNTY, "9902"),
    ("990101001", "岭下街道", Level.TOWNSHIP, AreaKind.STREET, "990101"),
    ("990101102", "上坡镇", Level.TOWNSHIP, AreaKind.TOWN, "990101"),
    ("990102101", "石塔镇", Level.TOWNSHIP, AreaKind.TOWN, "990102"),
    ("990201101", "渔港镇", Level.TOWNSHIP, AreaKind.TOWN, "990201"),
]
VILLAGES = {
    "990101001": ["坡阳村", "岭四村", "溪东社区"],
    "990101102": ["后溪村", "王山头村", "和平村"],
    "990102101": ["里石塔村", "和平村", "和平社区"],
    "990201101": ["东仓村", "汪宅村", "新亭社区"],
}
# key, role, area code, department
PEOPLE = [
    ("city", Role.CITY_OFFICE, "9901", ""),
    ("other_city", Role.CITY_OFFICE, "9902", ""),
    ("county", Role.COUNTY_OFFICE, "990101", ""),
    ("other_county", Role.COUNTY_OFFICE, "990102", ""),
    ("town", Role.TOWNSHIP, "990101001", ""),
    ("sibling_town", Role.TOWNSHIP, "990101102", ""),
    ("cousin_town", Role.TOWNSHIP, "990102101", ""),
    ("foreign_town", Role.TOWNSHIP, "990201101", ""),
    ("second_entry", Role.SECOND_ENTRY, "990101001", ""),
    ("reviewer", Role.REVIEWER, "990101", "公安"),
    ("inspector", Role.INSPECTOR, "990101", ""),
    ("evaluator", Role.EVALUATOR, "990101", ""),
    ("leader", Role.LEADER, "990101", ""),
    ("hotline", Role.HOTLINE, "9901", ""),
    ("wall", Role.WALL, "9901", ""),
    ("auditor", Role.AUDITOR, None, ""),
    ("admin", Role.ADMIN, None, ""),
    ("security", Role.SECURITY_ADMIN, None, ""),
]
# A leader sees the villages named in the assignment and no others.
NAMED_UNITS = {
    "leader": ["990101001201"],
    "evaluator": ["990101001202"],
    "inspector": ["990101001201", "990101102201"],
}


@dataclass
class Cast:
    """Committed rows by key: `areas` and `orgs` by code, `rounds` by city, `people` (assignments), `users` by key."""

    areas: dict = field(default_factory=dict)
    rounds: dict = field(default_factory=dict)
    orgs: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)
    users: dict = field(default_factory=dict)

    def __getattr__(self, key: str):
        try:
            return self.__dict__["people"][key]
        except KeyError:
            raise AttributeError(key) from None


def phone_of(key: str) -> str:
    """The invented telephone number of a member of the cast: found nowhere but where it is revealed."""
    return f"1990000{[row[0] for row in PEOPLE].index(key) + 1:04}"


def village_codes(township: str) -> list[tuple[str, str, AreaKind]]:
    """Code, name and kind of a township's villages; communities are numbered from 001, villages from 201."""
    made, village, community = [], 200, 0
    for name in VILLAGES[township]:
        if name.endswith("社区"):
            community += 1
            made.append((f"{township}{community:03}", name, AreaKind.COMMUNITY))
        else:
            village += 1
            made.append((f"{township}{village}", name, AreaKind.VILLAGE))
    return made


def seat_cast() -> Cast:
    """Create the cast through the alias `owner`, inside a transaction."""
    from accounts import audit
    from accounts.models import Area, Assignment, User

    audit.act(None, "test.cast", using="owner")
    cast = Cast()
    rows = [*UNITS]
    for township in VILLAGES:
        rows += [(code, name, Level.VILLAGE, kind, township) for code, name, kind in village_codes(township)]
    for code, name, level, kind, parent_code in rows:
        parent = cast.areas.get(parent_code)
        cast.areas[code] = Area.objects.using("owner").create(
            code=code,
            name=name,
            short_name=name.rstrip("村社区"),
            level=level,
            kind=kind,
            parent=parent,
            path=f"{parent.path if parent else ''}{code}/",
            in_electorate=level == Level.VILLAGE,
        )
    password = make_password(PASSWORD)
    for key, role, code, department in PEOPLE:
        user = User.objects.using("owner").create(username=key, display_name=f"测试{key}", password=password)
        area = cast.areas.get(code)
        user.phone = user._meta.get_field("phone").seal(user, phone_of(key))
        user.save(using="owner", update_fields=["phone"])
        cast.users[key] = user
        cast.people[key] = Assignment.objects.using("owner").create(
            user_id=user.pk,
            holder_name=user.display_name,
            office_name=f"{area.name if area else '系统'}{Role(role).label}",
            role=role,
            area=area,
            department=department,
            units=[cast.areas[unit].pk for unit in NAMED_UNITS.get(key, [])] or None,
            valid_from=datetime.date(2020, 1, 1),
        )
        cast.people[key].refresh_from_db(using="owner")
    for city in ("9901", "9902"):
        seat_round(cast, city)
    return cast


def seat_round(cast: Cast, city: str) -> None:
    """A current round around today, and a record for each village of the city."""
    from elections.models import Org, Round

    today = datetime.date.today()
    cast.rounds[city] = Round.objects.using("owner").create(
        name=f"{today.year} 年村社换届",
        province=cast.areas["99"],
        area=cast.areas[city],
        year=today.year,
        starts_on=today - datetime.timedelta(days=60),
        ends_on=today + datetime.timedelta(days=120),
        reporting_from=today - datetime.timedelta(days=30),
        reporting_to=today + datetime.timedelta(days=60),
        is_current=True,
    )
    for township in VILLAGES:
        if township.startswith(city):
            for code, _, kind in village_codes(township):
                cast.orgs[code] = Org.objects.using("owner").create(
                    round=cast.rounds[city],
                    area=cast.areas[code],
                    kind=kind,
                    party_org_type="branch",
                    population=1000,
                    households=300,
                    registered_voters=800,
                    party_members=40,
                )
