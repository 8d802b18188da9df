"""Rows in every tenant table, so that there is something to hide and something to point at."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
from django.db import connections

from accounts.choices import Role
from accounts.models import (
    AreaOperation,
    Assignment,
    ExportRecord,
    GrantRequest,
    IdempotencyKey,
    Notice,
    NoticeSetting,
    Reveal,
    RevealConsent,
    SavedFilter,
    ScheduledExport,
)
from elections.models import Org, OrgVersion
from reports.models import (
    Chase,
    Comment,
    CommentNote,
    CommentReply,
    CommentRound,
    CommentRule,
    CommentSentence,
    CommentSeries,
    CommentSetting,
    CommentVersion,
    CorrectionRequest,
    CountyDay,
    CountyForward,
    CountyOpening,
    CutOff,
    DailyDraft,
    DailyFigure,
    DailyOffer,
    DailyRevision,
    DailySheet,
    DirtyMark,
    LocalMetric,
    Publication,
    PublicationCheck,
    RollupRow,
    SheetOpening,
    SheetRecall,
)
from tests.cast import VILLAGES, Cast, village_codes
from tests.helpers import as_owner
from tests.security.stage import Stage
from tests.security.staged import Stages


@pytest.fixture(scope="module")
def stages(snapshot, cast, django_db_blocker, tmp_path_factory) -> Iterator[Stages]:
    """Stages of this module; the committed cast is put back behind them."""
    with django_db_blocker.unblock():
        yield Stages(cast, snapshot, tmp_path_factory.mktemp("stages"))
        connections.close_all()
        snapshot.restore()


@pytest.fixture
def stage_for(stages, settings, tmp_path, django_db_blocker) -> Iterator[Callable[[str], Stage]]:
    """stage_for("town"): the stage of a member as it was set, whatever the test before did to it."""
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path
    with django_db_blocker.unblock():
        yield stages.put_up
        connections.close_all()


@pytest.fixture
def filled(committed, cast) -> Cast:
    """The cast, with a committed row of every township (or city) in each table. A new table gets its row here."""
    with as_owner():
        for city in ("9901", "9902"):
            seat_report_settings(cast, city)
            seat_comment_settings(cast, city)
        for township in VILLAGES:
            seat_report(cast, township)
            seat_area_operation(cast, township)
            seat_answer(cast, township)
            seat_version(cast, township)
            seat_export(cast, township)
            seat_reveal(cast, township)
            seat_consent(cast, township)
            seat_comment(cast, township)
            seat_publication(cast, township)
        for township in VILLAGES:
            seat_grant_request(cast, township)
        for county in sorted({township[:6] for township in VILLAGES}):
            seat_county(cast, county)
    return cast


def seat_version(cast: Cast, township: str) -> None:
    """What the record of a village was before a change."""
    org = Org.objects.using("owner").get(area=cast.areas[village_codes(township)[0][0]])
    kept = {field.attname: getattr(org, field.attname) for field in org._meta.local_concrete_fields}
    moment = {"known_from": org.created_at, "known_until": org.created_at}
    OrgVersion.objects.using("owner").create(**{**kept, "id": None, "org_id": org.pk}, **moment)


def seat_export(cast: Cast, township: str) -> None:
    """A file the township's cadre took."""
    area = cast.areas[township]
    person = next(p for p in cast.people.values() if p.area_id == area.pk and p.role == Role.TOWNSHIP)
    ExportRecord.objects.using("owner").create(area=area, made_by=person, filename="占位.xlsx")


def seat_reveal(cast: Cast, township: str) -> None:
    """Somebody has looked at the telephone number of the township's cadre."""
    area = cast.areas[township]
    person = next(p for p in cast.people.values() if p.area_id == area.pk and p.role == Role.TOWNSHIP)
    Reveal.objects.using("owner").create(
        area=area, made_by=person, made_by_account=person.user_id, what="account.phone", subject_id=person.user_id,
        whose="占位", purpose="contact", note="占位占位", case_number="占位",
    )  # fmt: skip


def seat_consent(cast: Cast, township: str) -> None:
    """Somebody asks to look at the number of the township's cadre once more."""
    area = cast.areas[township]
    person = next(p for p in cast.people.values() if p.area_id == area.pk and p.role == Role.TOWNSHIP)
    RevealConsent.objects.using("owner").create(
        area=area, asked_by=cast.admin, asked_by_account=cast.admin.user_id, asked_by_name=cast.admin.holder_name,
        what="account.phone", subject_id=person.user_id, whose="占位", purpose="contact", note="占位占位",
        case_number="占位",
    )  # fmt: skip


def seat_answer(cast: Cast, township: str) -> None:
    """What a submission of the township's cadre was answered."""
    person = next(p for p in cast.people.values() if p.area.code == township and p.role == Role.TOWNSHIP)
    IdempotencyKey.objects.using("owner").create(assignment=person, key="seated-key", digest="", status=200)


def seat_grant_request(cast: Cast, township: str) -> None:
    """A request about an account of the township, in a second unit of another: two administrators decide it."""
    person = next(p for p in cast.people.values() if p.area_id == cast.areas[township].pk)
    GrantRequest.objects.using("owner").create(
        kind="grant", user_id=person.user_id, holder_name=person.holder_name, role=Role.SECOND_ENTRY,
        area=cast.areas[township], office_name="占位", valid_from=datetime.date(2000, 1, 1), asked_by=cast.admin,
        asked_by_account=cast.admin.user_id, asked_by_name=cast.admin.holder_name,
    )  # fmt: skip


def seat_area_operation(cast: Cast, township: str) -> None:
    """A change that was withdrawn, of everything in a township."""
    area = cast.areas[township]
    person = cast.people["city" if township.startswith("9901") else "other_city"]
    AreaOperation.objects.using("owner").create(
        kind="rename", state="withdrawn", effective_on=datetime.date(2000, 1, 1), area=area, units=[area.pk],
        plan={}, steps=[], summary="占位", reason="占位", proposed_by=person,
        proposed_by_account=person.user_id, proposed_by_name=person.holder_name,
    )  # fmt: skip


def seat_report_settings(cast: Cast, city: str) -> None:
    """A cut-off as by default, and an item of the city's own that is asked for on no day of the tests."""
    round = cast.rounds[city]
    CutOff.objects.using("owner").create(round=round, area=round.area, level=4, at=datetime.time(17))
    LocalMetric.objects.using("owner").create(
        round=round,
        area=round.area,
        key="x_seat",
        name="占位项目",
        unit="个",
        nature="stock",
        valid_from=datetime.date(2000, 1, 1),
        valid_to=datetime.date(2000, 1, 2),
    )


def seat_report(cast: Cast, township: str) -> None:
    """A row in each table of the reports, on the last reporting day, which no test reaches: rows for T04 to hide."""
    area, round = cast.areas[township], cast.rounds[township[:4]]
    village = cast.areas[village_codes(township)[0][0]]
    person = next(p for p in cast.people.values() if p.area_id == area.pk and p.role == Role.TOWNSHIP)
    day = {"round": round, "date": round.reporting_to}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT daily_figure_partition(%s)", [round.reporting_to])
    sheet = DailySheet.objects.using("owner").create(
        **day,
        area=area,
        state="correction_requested",
        version=2,
        revisions=1,
        first_filed_at=datetime.datetime.now(datetime.UTC),
    )
    revision = DailyRevision.objects.using("owner").create(
        **day,
        area=area,
        number=1,
        sheet_version=1,
        filed_by=person,
        filed_by_name=person.holder_name,
        filed_by_office=person.office_name,
        due_at=datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC),
        villages=1,
        figures=1,
        digest="0" * 64,
    )
    DailyFigure.objects.using("owner").create(**day, revision=revision, area=village, township=area, visits=1)
    DailyOffer.objects.using("owner").create(**day, area=area, sent_by_name="周", sent_by_office="县换届办")
    DailyDraft.objects.using("owner").create(**day, area=village, township=area, values={"visits": 1})
    DirtyMark.objects.using("owner").create(**day, area=area, revision=revision)
    CorrectionRequest.objects.using("owner").create(
        sheet=sheet,
        area=area,
        date=round.reporting_to,
        revision_number=1,
        reason="占位",
        asked_by=person,
        asked_by_name=person.holder_name,
    )
    Notice.objects.using("owner").create(assignment=person, kind="chase", text="占位", dedup="seat")
    NoticeSetting.objects.using("owner").create(assignment=person, digest=False)
    ScheduledExport.objects.using("owner").create(
        assignment=person, screen="comments:list", name="占位", at=datetime.time(1), weekdays=1, state="paused",
        next_at=datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC),
    )  # fmt: skip
    SavedFilter.objects.using("owner").create(
        assignment=person,
        screen="jobs:list",
        name="占位",
        query="state=done",
        unit_path=area.path,
        shared=True,
    )
    Chase.objects.using("owner").create(
        **day, area=area, number=1, chased_by=person, chased_by_name=person.holder_name,
        chased_by_office=person.office_name,
    )  # fmt: skip
    SheetOpening.objects.using("owner").create(**day, **_opening(cast, township[:4], person), area=area)
    SheetRecall.objects.using("owner").create(**day, number=1, reason="占位", recalled_by=person, area=area)
    RollupRow.objects.using("owner").create(
        **day, year=round.year, area=area, level=4, unit_path=area.path, townships=1, filed=1
    )


def seat_comment(cast: Cast, township: str) -> None:
    """A comment that a township has sent to a village, with everything that belongs to it."""
    area, round = cast.areas[township], cast.rounds[township[:4]]
    village = cast.areas[village_codes(township)[0][0]]
    person = next(p for p in cast.people.values() if p.area_id == area.pk and p.role == Role.TOWNSHIP)
    now, day = datetime.datetime.now(datetime.UTC), round.reporting_to
    opened = CommentRound.objects.using("owner").create(
        round=round, area=area, date=day, cut_off=now, units=3, drafted=1
    )
    comment = Comment.objects.using("owner").create(
        round=round, comment_round=opened, area=area, recipient=village, date=day, state="sent", title="占位",
        year=2000, number=1, sent_at=now, due_at=now, sent_by=person, sent_by_name=person.holder_name,
    )  # fmt: skip
    kept = {field.attname: getattr(comment, field.attname) for field in comment._meta.local_concrete_fields}
    CommentVersion.objects.using("owner").create(
        **{
            **kept,
            "id": None,
            "comment_id": comment.pk,
            "created_at": now,
            "known_from": now,
            "known_until": now,
        }
    )
    fact = {"value": 1, "shown": "1", "unit": village.code, "day": day.isoformat(), "url": "/"}
    CommentSentence.objects.using("owner").create(
        comment=comment, area=area, position=1, text="1 个", facts=[fact]
    )
    CommentReply.objects.using("owner").create(
        comment=comment, area=area, kind="acknowledge", author=person, author_name=person.holder_name,
        author_office=person.office_name,
    )  # fmt: skip
    CommentNote.objects.using("owner").create(
        round=round, area=area, about=village, date=day, text="占位", figure=1, measure="个", written_by=person,
        written_by_name=person.holder_name,
    )  # fmt: skip
    CommentSeries.objects.using("owner").create(area=area, year=2000, channel="letter", last=1)


def seat_publication(cast: Cast, township: str) -> None:
    """A bulletin of a township, looked at once."""
    area, round = cast.areas[township], cast.rounds[township[:4]]
    person = next(p for p in cast.people.values() if p.area_id == area.pk and p.role == Role.TOWNSHIP)
    given = Publication.objects.using("owner").create(
        round=round, area=area, date=round.reporting_to, kind="bulletin", year=2000, number=1, title="占位",
        as_of=datetime.datetime.now(datetime.UTC), digest="0" * 64, audit_head="占位", published_by=person,
        published_by_name=person.holder_name, published_by_office=person.office_name,
    )  # fmt: skip
    PublicationCheck.objects.using("owner").create(publication=given, area=area, same=True, digest="0" * 64)


def seat_comment_settings(cast: Cast, city: str) -> None:
    """Settings and a rule's second version of a past round, which no test reaches."""
    from elections.models import Round

    area = cast.areas[city]
    person = cast.people["city" if city == "9901" else "other_city"]
    past = datetime.date(2000, 1, 1)
    round = Round.objects.using("owner").create(
        name="占位届次", province=cast.areas["99"], area=area, year=2000, starts_on=past, ends_on=past,
        reporting_from=past, reporting_to=past,
    )  # fmt: skip
    CommentSetting.objects.using("owner").create(round=round, area=area)
    CommentRule.objects.using("owner").create(
        round=round, area=area, code="late", version=2, wording="{late}", made_by=person,
        made_by_name=person.holder_name,
    )  # fmt: skip


def _opening(cast: Cast, city: str, author: Assignment) -> dict:
    by = cast.city if city == "9901" else cast.other_city
    return {
        "kind": "returned", "number": 1, "reason": "占位", "author": author,
        "opened_by": by, "opened_by_name": by.holder_name, "opened_by_office": by.office_name,
    }  # fmt: skip


def seat_county(cast: Cast, county: str) -> None:
    """The same day of a county: forwarded once, returned by the city."""
    area, round = cast.areas[county], cast.rounds[county[:4]]
    person = next(
        p for p in cast.people.values() if p.role == Role.TOWNSHIP and p.unit_path.startswith(area.path)
    )
    day = {"round": round, "area": area, "date": round.reporting_to}
    opening = CountyOpening.objects.using("owner").create(**day, **_opening(cast, county[:4], person))
    CountyForward.objects.using("owner").create(
        **day,
        number=1,
        day_version=1,
        forwarded_by=person,
        forwarded_by_name=person.holder_name,
        forwarded_by_office=person.office_name,
        due_at=datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC),
        townships=1,
        digest="0" * 64,
    )
    CountyDay.objects.using("owner").create(
        **day,
        state="returned",
        version=3,
        forwards=1,
        first_forwarded_at=datetime.datetime.now(datetime.UTC),
        opening=opening,
    )
