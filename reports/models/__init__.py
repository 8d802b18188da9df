from reports.models.chase import Chase
from reports.models.comment_parts import CommentNote, CommentReply, CommentSentence
from reports.models.comment_settings import CommentRule, CommentSeries, CommentSetting
from reports.models.comment_versions import CommentThen, CommentVersion
from reports.models.comments import Comment, CommentRound
from reports.models.correction import CorrectionRequest
from reports.models.county_day import CountyDay, CountyForward
from reports.models.daily import DailyDraft, DailySheet
from reports.models.dirty import DirtyMark
from reports.models.figure import DailyFigure
from reports.models.offer import DailyOffer
from reports.models.opening import CountyOpening, SheetOpening, SheetRecall
from reports.models.publication import Publication, PublicationCheck
from reports.models.revision import DailyRevision
from reports.models.rollup import RollupRow
from reports.models.settings import CutOff, LocalMetric

__all__ = [
    "Chase",
    "Comment",
    "CommentNote",
    "CommentReply",
    "CommentRound",
    "CommentRule",
    "CommentSentence",
    "CommentSeries",
    "CommentSetting",
    "CommentThen",
    "CommentVersion",
    "CorrectionRequest",
    "CountyDay",
    "CountyForward",
    "CountyOpening",
    "CutOff",
    "DailyDraft",
    "DailyFigure",
    "DailyOffer",
    "DailyRevision",
    "DailySheet",
    "DirtyMark",
    "LocalMetric",
    "Publication",
    "PublicationCheck",
    "RollupRow",
    "SheetOpening",
    "SheetRecall",
]
