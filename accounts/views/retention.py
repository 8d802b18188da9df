"""/system/retention/: what is kept how long, what the last night did, when the next one comes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.choices import Role
from accounts.doors import allow
from accounts.jobs.registry import timers
from accounts.models import RetentionRun
from accounts.retention import rules
from accounts.retention.setup import KIND


@allow(Role.ADMIN, Role.SECURITY_ADMIN)
@require_safe
def retention_page(request: HttpRequest) -> HttpResponse:
    """Every rule with its last run. One query."""
    runs = {run.rule: run for run in RetentionRun.objects.all()}
    rows = [(rule, runs.get(rule.code)) for rule in rules()]
    timer = next(timer for timer in timers() if timer.kind == KIND)
    return render(
        request,
        "accounts/retention.html",
        {
            "steps": [("数据保留", "")],
            "rows": rows,
            "failed": [rule.label for rule, run in rows if run and run.error],
            "next_at": timer.period_start(timezone.now()) + timer.every,
        },
    )
