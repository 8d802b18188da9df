from accounts.models.area import Area
from accounts.models.area_operation import AreaOperation
from accounts.models.area_version import AreaVersion
from accounts.models.audit import AuditAct, AuditAnchor, AuditChain, AuditDenial, AuditEvent, AuditHead
from accounts.models.calendar import CalendarFeed
from accounts.models.exports import ExportRecord
from accounts.models.grants import GrantRequest
from accounts.models.jobs import Job, JobEvent, JobPeriod, JobTrace, WorkerBeat
from accounts.models.notices import Notice, NoticeSetting
from accounts.models.people import Assignment, User
from accounts.models.repeats import IdempotencyKey
from accounts.models.retention import RetentionRun
from accounts.models.reveal_consents import RevealConsent
from accounts.models.reveals import Reveal
from accounts.models.saved_filters import SavedFilter
from accounts.models.schedules import ScheduledExport
from accounts.models.scope import ScopeToken, SystemScope
from accounts.models.sessions import ApiToken, KnownDevice, LoginAttempt, UserSession

__all__ = [
    "ApiToken",
    "Area",
    "AreaOperation",
    "AreaVersion",
    "Assignment",
    "AuditAct",
    "AuditAnchor",
    "AuditChain",
    "AuditDenial",
    "AuditEvent",
    "AuditHead",
    "CalendarFeed",
    "ExportRecord",
    "GrantRequest",
    "IdempotencyKey",
    "Job",
    "JobEvent",
    "JobPeriod",
    "JobTrace",
    "KnownDevice",
    "LoginAttempt",
    "Notice",
    "NoticeSetting",
    "RetentionRun",
    "Reveal",
    "RevealConsent",
    "SavedFilter",
    "ScheduledExport",
    "ScopeToken",
    "SystemScope",
    "User",
    "UserSession",
    "WorkerBeat",
]
