"""Celery entry points: ids in, one call out, safe to run twice."""

from celery import shared_task

from accounts.jobs import runner, sweep


@shared_task(name="accounts.run_job", bind=True, ignore_result=True)
def run_job(self, job_id: int) -> None:
    """Run one job of the ledger; a second delivery does nothing."""
    runner.run(job_id, worker=self.request.hostname or "")


@shared_task(name="accounts.sweep_jobs", ignore_result=True)
def sweep_jobs() -> None:
    sweep.sweep()


@shared_task(name="accounts.tick", bind=True, ignore_result=True)
def tick(self) -> None:
    """Start due timers and leave a sign of life."""
    sweep.beat(self.request.hostname or "worker")
    sweep.tick()
