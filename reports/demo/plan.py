"""What happens in the demonstration city: pure and deterministic by seed. Every figure and person is invented."""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

Value = int | datetime.date

# Steps in their order: key, days after the step before (least, most).
STEPS = (
    ("assessed_on", -26, -8),
    ("audited_on", 4, 20),
    ("audit_published_on", 1, 4),
    ("candidates_ready_on", -6, 8),
    ("party_started_on", 1, 7),
    ("party_recommended_on", 2, 4),
    ("party_vetted_on", 3, 6),
    ("party_elected_on", 2, 5),
    ("secretary_elected_on", 0, 0),
    ("committee_formed_on", 1, 4),
    ("list_published_on", 3, 7),
    ("candidates_published_on", 12, 15),
    ("voted_on", 8, 13),
    ("supervision_elected_on", 1, 3),
    ("handed_over_on", 2, 9),
    ("archived_on", 5, 15),
    ("evaluated_on", 5, 15),
)
# Least and most of a usual day; a flow is what happened that day.
FLOWS = {
    "visits": (0, 32),
    "talks": (0, 6),
    "trainings": (0, 45),
    "publicity": (0, 3),
    "petitions": (0, 1),
    "tip_offs": (0, 0),
    "public_opinion": (0, 0),
}


# Share of villages that vote before the list has stood its 20 days: reported with a reason, for the office to see.
HASTY = 0.03


@dataclass(frozen=True)
class Filing:
    """One filing of a township: when, as what, and which village holds an explained oddity."""

    day: datetime.date
    number: int
    filed_at: datetime.datetime
    is_zero: bool = False
    spike: bool = False


@dataclass
class Village:
    """One village's course through the round."""

    code: str
    voters: int
    steps: dict[str, datetime.date] = field(default_factory=dict)
    team: dict[str, int] = field(default_factory=dict)
    objections: tuple[int, int] = (0, 0)


def dice_for(seed: int, *what: object) -> random.Random:
    return random.Random(":".join(str(part) for part in (seed, *what)))


def course(seed: int, code: str, voters: int, first: datetime.date) -> Village:
    """The steps a village has taken or will take, counted from the first reporting day."""
    dice = dice_for(seed, "course", code)
    village = Village(code, voters)
    day = first
    for key, least, most in STEPS:
        day += datetime.timedelta(days=dice.randint(least, most))
        if key == "voted_on" and dice.random() < HASTY:
            day -= datetime.timedelta(days=6)
        village.steps[key] = day
        if dice.random() < 0.012:
            break  # stuck at this step
    posts, members = dice.choice((3, 3, 5, 5, 7)), dice.choice((3, 3, 5, 5, 7))
    village.team = {
        "party_first_time": int(dice.random() < 0.97),
        "secretary_new": int(dice.random() < 0.29),
        "party_posts": posts,
        "party_women": dice.randint(1, max(1, posts // 3)),
        "party_under_35": dice.randint(0, 2),
        "party_college": dice.randint(1, posts),
        "ballots": int(voters * dice.uniform(0.86, 0.98)),
        "elected_once": int(dice.random() < 0.96),
        "committee_posts": members,
        "committee_women": dice.randint(1, max(1, members // 3)),
        "one_shoulder": int(dice.random() < 0.94),
        "cross_posts": dice.randint(1, members),
    }
    made = dice.choices((0, 1, 2, 3), (70, 18, 8, 4))[0]
    village.objections = (made, made if dice.random() < 0.8 else max(0, made - 1))
    return village


def figures(seed: int, village: Village, day: datetime.date, *, zero: bool, spike: bool) -> dict[str, Value]:
    """Typed figures of a village on a day."""
    values: dict[str, Value] = {key: done for key, done in village.steps.items() if done <= day}
    if "party_elected_on" in values:
        values |= {key: n for key, n in village.team.items() if key.startswith(("party_", "secretary_new"))}
    if "voted_on" in values:
        once = village.team["elected_once"]
        values |= {
            key: village.team[key] for key in ("ballots", "committee_posts", "committee_women", "cross_posts")
        }
        values |= {"elected_once": once, "by_election": 1 - once, "re_election": 0}
        values["one_shoulder"] = village.team["one_shoulder"]
    made, handled = village.objections if "list_published_on" in values else (0, 0)
    settled = made and day >= values["list_published_on"] + datetime.timedelta(days=8)
    values |= {"objections": made, "objections_handled": handled if settled else 0, "discipline_cases": 0}
    dice = dice_for(seed, "day", village.code, day)
    for key, (least, most) in FLOWS.items():
        quiet = (
            zero
            or (key == "trainings" and dice.random() < 0.7)
            or (key == "petitions" and dice.random() < 0.9)
        )
        values[key] = 0 if quiet else dice.randint(least, most)
    if spike:
        values["trainings"] = dice.randint(300, 800)
    return values


def filings(
    seed: int, township: str, days: list[datetime.date], cut_off: datetime.time, now: datetime.datetime
) -> Iterator[Filing]:
    """When a township files: mostly on time, some late, some never, a few corrected the day after."""
    dice = dice_for(seed, "filings", township)
    careless = dice.random() < 0.12
    for day in days:
        due = datetime.datetime.combine(day, cut_off, tzinfo=now.tzinfo)
        fate = dice.random()
        missing, late = (0.08, 0.2) if careless else (0.008, 0.03)
        if fate < missing:
            minutes = None
        elif fate < late:
            minutes = dice.randint(3, 240)
        else:
            minutes = -dice.randint(5, 200)
        corrected, zero, spike = dice.random() < 0.012, dice.random() < 0.01, dice.random() < 0.01
        if minutes is None:
            continue
        filed_at = due + datetime.timedelta(minutes=minutes)
        if filed_at > now:
            continue
        yield Filing(day, 1, filed_at, is_zero=zero, spike=spike and not zero)
        again = filed_at + datetime.timedelta(hours=dice.randint(14, 20))
        if corrected and not zero and again < now:
            yield Filing(day, 2, again)
