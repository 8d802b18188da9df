"""Changes of the tree, proposed by the city and approved by the administrator, carried out as the worker does."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.area_operations import carry_out, decide, finish, propose
from accounts.models import AreaOperation
from accounts.scope import scoped, system_scoped

Change = Callable[..., AreaOperation]


@pytest.fixture
def change(worker_role, cast, monkeypatch) -> Change:
    """change("move", units=["990101102"], parent="990102") is in force from `day` (today) on."""
    monkeypatch.setattr("accounts.actions.area_operations.start_job", lambda *args, **kwargs: None)

    def run(kind: str, *, day: datetime.date | None = None, **plan: Any) -> AreaOperation:
        day = day or timezone.localdate()
        with scoped(cast.city) as scope:
            operation = propose(kind, day, plan, reason="市政府批复〔2026〕1 号", by=scope)
        with scoped(cast.admin) as scope:
            decide(operation, agree=True, note="", by=scope)
        with system_scoped("areas") as scope:
            made = carry_out(AreaOperation.objects.get(pk=operation.pk), by=scope)
            finish([made], by=scope)
        with system_scoped("areas"):
            return AreaOperation.objects.get(pk=operation.pk)

    return run
