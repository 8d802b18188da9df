"""What an auditor may set going."""

from accounts.jobs import start_job
from accounts.models import Job
from accounts.scope import Scope


def start_verification(*, by: Scope) -> Job:
    """Verify the chain of the audit as a job, or find the one that runs."""
    return start_job("audit.verify", "chain", by=by)
