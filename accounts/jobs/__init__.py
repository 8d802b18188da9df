"""Long work as rows: register a kind, start it, report progress, find it again. See docs/architecture.md."""

from accounts.jobs.context import JobCancelled, JobContext, LeaseLost
from accounts.jobs.registry import register_job, register_timer
from accounts.jobs.start import cancel_job, restart_job, start_job, start_system_job

__all__ = [
    "JobCancelled",
    "JobContext",
    "LeaseLost",
    "cancel_job",
    "register_job",
    "register_timer",
    "restart_job",
    "start_job",
    "start_system_job",
]
