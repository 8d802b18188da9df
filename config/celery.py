"""Celery: Redis carries wake-ups only, so there is no result backend and nothing here is a truth.

Start: `celery -A config worker -Q jobs,timers -c 2` and `celery -A config beat`.
"""

import os
import resource
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_process_init, worker_ready
from kombu import Exchange, Queue

from config.heap import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SWEEP_SECONDS = 30
TIME_LIMIT_SECONDS = 3900
# A message that is not acknowledged in this time is delivered again; the ledger makes that harmless.
VISIBILITY_SECONDS = int(os.environ.get("CUNXUAN_VISIBILITY_SECONDS", 2 * TIME_LIMIT_SECONDS))

# Only JSON is accepted, so a root worker cannot be made to unpickle anything.
warnings.filterwarnings("ignore", category=SecurityWarning, message=".*superuser privileges.*")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    enable_utc=True,
    timezone="UTC",
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    result_backend=None,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_max_memory_per_child=600_000,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    task_soft_time_limit=TIME_LIMIT_SECONDS - 300,
    task_time_limit=TIME_LIMIT_SECONDS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_SECONDS,
        "unacked_restore_interval": min(10, VISIBILITY_SECONDS),
        "unacked_restore_throttle": 1,
    },
    task_default_queue="jobs",
    task_create_missing_queues=True,
    # Each queue has its own key: two queues under one key would both get every message.
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in ("jobs", "timers")],
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "sweep": {
            "task": "accounts.sweep_jobs",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "timers", "expires": SWEEP_SECONDS},
        },
        "tick": {
            "task": "accounts.tick",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "timers", "expires": SWEEP_SECONDS},
        },
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def log_like_the_application(**_: object) -> None:
    """Celery keeps its hands off logging: config.logging is already in force through Django's settings."""


@worker_process_init.connect
def begin(**_: object) -> None:
    """A job that eats memory fails with MemoryError instead of taking the machine with it."""
    megabytes = int(os.environ.get("CUNXUAN_JOB_MEMORY_MB", "1536"))
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    keep_what_is_loaded()


@worker_ready.connect
def sweep_at_start(sender: object, **_: object) -> None:
    """What was lost while no worker ran is found before the first timer rings."""
    app.send_task("accounts.sweep_jobs", queue="timers", expires=SWEEP_SECONDS)
    app.send_task("accounts.tick", queue="timers", expires=SWEEP_SECONDS)
