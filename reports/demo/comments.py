"""A month of comments with their answers, drafted by the product's own rules from the demonstration's figures.

Which are sent, by what channel and when they are answered is drawn by the seed; every reply is invented.
"""

import datetime
import random
from collections import defaultdict
from dataclasses import dataclass, field

from django.db import connections

from accounts.choices import Level
from accounts.models import Area, Assignment
from elections.models import Round
from reports.actions.comment_drafting import made_comment, made_sentence
from reports.choices_comments import CommentState, ReplyKind
from reports.demo.comment_courses import Courses
from reports.demo.plan import dice_for
from reports.models import (
    Comment,
    CommentReply,
    CommentRound,
    CommentSentence,
    CommentSeries,
    CommentSetting,
    CommentVersion,
)
from reports.queries.comment_inputs import Extras, history_of, unit_days, units_below, warnings_of
from reports.rules.comment_measures import UnitDay
from reports.rules.comment_sentences import RULES, Drafted, draft, first_version, plan_on
from reports.rules.timing import DEFAULT_CUT_OFF, due_at

# Share of the drafts that are sent: about 153 of a city to nine counties, 1,856 of these to 147 townships in a month.
SENT = {Level.CITY: 0.72, Level.COUNTY: 0.725}
SKIPPED = 0.04
CHANNELS = {
    Level.CITY: (("letter", 60), ("phone", 25), ("bulletin", 15)),
    Level.COUNTY: (("phone", 55), ("letter", 35), ("bulletin", 10)),
}
REPLIES = {
    "missing": "已补报，值班表改为双人，截止前一小时再核对一遍。",
    "late": "迟报原因是经办人下村未带设备，已定替岗，以后按时上报。",
    "below_plan": "已逐村排出日程，包村干部到村督办，完成日期另附清单。",
    "behind": "已开调度会，落后的村由班子成员包到底，每天报进展。",
    "rank_fell": "近两天集中补材料，未新开村，明天起恢复正常进度。",
    "unchanged": "卡在候选人资格联审，已请公安、法院加快，出结果即推进。",
    "contradiction": "已逐处核实，属抄录错误的申请更正，其余有会议记录为据。",
    "overdue": "前几件已一并补回，今后由专人盯时限。",
    "progress": "做法是联审前移、公告提前备好，已整理成材料报送。",
    "completed": "已全部完成，正在归档，经验材料随文附上。",
}
RESULTS = ("已核实，办结。", "情况属实，已整改，办结。", "进度已跟上，办结。", "已补齐，办结。")
QUESTIONS = ("只写了安排，没有写结果，请补报每个村的完成日期。", "原因没有讲清，请说明卡在哪个环节、谁来办。")
REASONS = ("当天已电话督促，不再另发", "与在办的一件同一事项，不重复发", "情况已变，不再适用")
HOUR = datetime.timedelta(hours=1)
DATED_TABLES = ("reports_commentround", "reports_comment", "reports_commentreply")


@dataclass
class Comments:
    """Writes the demonstration's comments, all of a level and day from one set of totals."""

    round: Round
    offices: dict[int, Assignment]
    seed: int
    now: datetime.datetime
    using: str = "owner"
    comments: list[Comment] = field(default_factory=list)
    sentences: list[tuple[Comment, UnitDay, list[Drafted]]] = field(default_factory=list)
    replies: list[CommentReply] = field(default_factory=list)
    course: Courses = field(default_factory=Courses)
    owed: dict[int, list[tuple[datetime.datetime, datetime.datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def write_all(self, days: list[datetime.date]) -> int:
        """Draft, send and answer over these days; returns how many comments were made."""
        city = self.round.area
        counties = list(Area.objects.using(self.using).filter(parent=city).order_by("sort_order", "path"))
        below = units_below([city, *counties], self.using)
        areas = {city.pk, *(area.pk for units in below.values() for area in units)}
        history = history_of(self.round, areas, days[0], days[-1], self.using)
        rules = [first_version(spec) for spec in RULES.values()]
        rounds: list[CommentRound] = []
        for day in days:
            plan = plan_on(RULES["below_plan"].params, (day - self.round.reporting_from).days)
            for level, senders in ((Level.COUNTY, counties), (Level.CITY, [city])):
                at = due_at(day, DEFAULT_CUT_OFF[Level.TOWNSHIP if level == Level.COUNTY else Level.COUNTY])
                if at < self.now:
                    extras = Extras(warnings_of(self.round, day, self.using), self._overdue(at))
                    units = unit_days(
                        {sender: below[sender] for sender in senders}, day, history, plan, extras
                    )
                    for sender, entries in units.items():
                        drafts = [(unit, draft(unit, rules)) for unit in entries]
                        rounds.append(self._round(sender, day, at, drafts, is_last=at + 24 * HOUR > self.now))
        self._save(rounds)
        return len(self.comments)

    def _overdue(self, at: datetime.datetime) -> dict[int, int]:
        """Answers owed at a moment, by recipient."""
        counted = {
            area: sum(due < at < answered for due, answered in owed) for area, owed in self.owed.items()
        }
        return {area: number for area, number in counted.items() if number}

    def _round(
        self,
        sender: Area,
        day: datetime.date,
        at: datetime.datetime,
        drafts: list[tuple[UnitDay, list[Drafted]]],
        *,
        is_last: bool,
    ) -> CommentRound:
        """One sender's day. The newest round stays a draft, so that there is something on the desk."""
        opened = CommentRound(
            round=self.round, area=sender, date=day, cut_off=at, opened_at=at + HOUR / 20,
            rules=dict.fromkeys(RULES, 1), units=len(drafts), unit_path=sender.path,
        )  # fmt: skip
        made = 0
        for unit, sentences in drafts:
            dice = dice_for(self.seed, "comment", sender.code, unit.code, day)
            fate = dice.random()
            sent, skipped = fate < SENT[sender.level], fate > 1 - SKIPPED
            if not sentences or not (sent or skipped or is_last):
                continue
            made += 1
            comment = made_comment(self.round, opened, sender, unit, sentences, CommentSetting())
            comment.unit_path, comment.created_at = sender.path, opened.opened_at
            self.comments.append(comment)
            self.sentences.append((comment, unit, sentences))
            if not is_last and skipped:
                self.course.keep(comment, at + HOUR)
                comment.state, comment.skip_reason = CommentState.SKIPPED, dice.choice(REASONS)
                comment.version = 2
            elif not is_last:
                self._send(comment, unit, sentences, at, dice)
        opened.drafted = made
        return opened

    def _send(
        self,
        comment: Comment,
        unit: UnitDay,
        sentences: list[Drafted],
        at: datetime.datetime,
        dice: random.Random,
    ) -> None:
        names, weights = zip(*CHANNELS[Level(comment.area.level)], strict=True)
        office = self.offices[comment.area_id]
        channel = dice.choices(names, weights)[0]
        sent_at = at + HOUR / 3 + HOUR * dice.random() * 2
        self.course.keep(comment, sent_at)
        comment.state, comment.channel, comment.sent_at = CommentState.SENT, channel, sent_at
        comment.due_at = comment.sent_at + 48 * HOUR
        comment.year = comment.sent_at.year
        comment.sent_by, comment.sent_by_name = office, office.holder_name
        comment.version = 2
        self._answer(comment, unit, sentences, dice)

    def _answer(self, comment: Comment, unit: UnitDay, sentences: list[Drafted], dice: random.Random) -> None:
        """The correspondence as far as it has come by now."""
        assert comment.sent_at is not None
        taken = comment.sent_at + HOUR * dice.uniform(0.5, 10)
        answered = comment.sent_at + HOUR * (
            dice.uniform(50, 130) if dice.random() < 0.08 else dice.uniform(12, 46)
        )
        judged = answered + HOUR * dice.uniform(2, 20)
        self.owed[comment.recipient_id].append((comment.due_at, answered))
        recipient, sender = self.offices[comment.recipient_id], self.offices[comment.area_id]
        text = "".join(dict.fromkeys(REPLIES.get(sentence.rule, "") for sentence in sentences[:2]))
        steps = [
            (taken, ReplyKind.ACKNOWLEDGE, "", recipient, CommentState.ACKNOWLEDGED),
            (answered, ReplyKind.REPLY, text, recipient, CommentState.REPLIED),
        ]
        if dice.random() < 0.1:
            steps.append(
                (judged, ReplyKind.ASK_AGAIN, dice.choice(QUESTIONS), sender, CommentState.ASKED_AGAIN)
            )
            again = judged + HOUR * dice.uniform(6, 40)
            steps.append((again, ReplyKind.REPLY, "补充：" + text, recipient, CommentState.REPLIED))
            judged = again + HOUR * 5
        steps.append((judged, ReplyKind.CLOSE, dice.choice(RESULTS), sender, CommentState.CLOSED))
        for moment, kind, said, who, state in steps:
            if moment > self.now:
                break
            self.course.keep(comment, moment)
            self._entry(comment, moment, kind, said, who)
            comment.state, comment.version = state, comment.version + 1
        waiting = comment.state in (CommentState.SENT, CommentState.ACKNOWLEDGED)
        if waiting and comment.due_at + 24 * HOUR < self.now:
            self.course.keep(comment, comment.due_at + 24 * HOUR)
            comment.escalated_at = comment.due_at + 24 * HOUR
            above = comment.area.pk if comment.area.level == Level.CITY else comment.area.parent_id
            comment.escalated_to_id = above

    def _entry(
        self, comment: Comment, moment: datetime.datetime, kind: str, said: str, who: Assignment
    ) -> None:
        if kind == ReplyKind.ACKNOWLEDGE:
            comment.acknowledged_at = moment
        elif kind == ReplyKind.REPLY:
            comment.replied_at = moment
        elif kind == ReplyKind.ASK_AGAIN:
            comment.due_at = moment + 48 * HOUR
        elif kind == ReplyKind.CLOSE:
            comment.closed_at = moment
        self.replies.append(
            CommentReply(
                comment=comment,
                area_id=who.area_id,
                kind=kind,
                text=said,
                author=who,
                author_name=who.holder_name,
                author_office=who.office_name,
                at=moment,
            )
        )

    def _save(self, rounds: list[CommentRound]) -> None:
        """Everything in five statements; numbers follow the order in which the comments went out."""
        last: dict[tuple[int, int, str], int] = defaultdict(int)
        for comment in sorted((one for one in self.comments if one.sent_at), key=lambda one: one.sent_at):
            series = (comment.area_id, comment.year, comment.channel)
            last[series] += 1
            comment.number = last[series]
        with connections[self.using].cursor() as cursor:
            for table in DATED_TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER b_server_time")
            CommentRound.objects.using(self.using).bulk_create(rounds, batch_size=2000)
            Comment.objects.using(self.using).bulk_create(self.comments, batch_size=2000)
            CommentSentence.objects.using(self.using).bulk_create(
                (
                    made_sentence(comment, unit, place, sentence)
                    for comment, unit, sentences in self.sentences
                    for place, sentence in enumerate(sentences, start=1)
                ),
                batch_size=2000,
            )
            CommentVersion.objects.using(self.using).bulk_create(self.course.versions(), batch_size=2000)
            CommentReply.objects.using(self.using).bulk_create(self.replies, batch_size=2000)
            CommentSeries.objects.using(self.using).bulk_create(
                CommentSeries(area_id=area, year=year, channel=channel, last=number)
                for (area, year, channel), number in last.items()
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in DATED_TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER b_server_time")
