"""T36 for what runs by itself or on a click: exports at a time of day, changes of the tree, the collected sheets.

A real worker is killed with -9 while it stands at a locked table; taken up again, each has one result, none half, and
nobody is told twice. Short form: what starts exports, once; long: that ten times, the others once.
"""

from functools import partial

import pytest
from django.utils import timezone

from accounts.actions.area_operations import decide_many, propose
from accounts.jobs import start_system_job
from accounts.models import Area, AreaOperation, AreaVersion, AuditAct, ExportRecord, Notice
from accounts.scope import scoped
from reports.models import DailyOffer
from tests.accounts.jobs.conftest import until
from tests.accounts.jobs.test_kill import beat  # noqa: F401
from tests.accounts.jobs.test_kill_others import killed_in  # noqa: F401
from tests.accounts.saved.test_schedules import make_due, minute, row, runs, setup
from tests.reports.daily.conftest import day, today  # noqa: F401
from tests.reports.daily.test_collect import send, sheet_of, zipped

TIMES = pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.long)], ids=["short", "long"])
OFTEN = pytest.mark.parametrize("times", [pytest.param(1, marks=pytest.mark.long)], ids=["long"])
TOWNS = ("990101102", "990101001", "990102101")


def acts(type: str) -> int:
    return AuditAct.objects.using("owner").filter(type=type).count()


@TIMES
def test_t36_kill_what_starts_scheduled_exports(cast, look, killed_in, beat, times):  # noqa: F811
    """Killed after the owner's job was written and before the export was moved on: it is started once."""
    one = setup(cast.county)
    for number in range(1, times + 1):
        make_due(one)
        start = partial(start_system_job, "exports.due", f"t36:{number}", system_scope="schedules")
        job = killed_in("accounts_auditact", start)
        assert look("SELECT state, attempts FROM accounts_job WHERE id = %s", job) == [("done", 2)]
        assert until(lambda: beat() or [run.state for run in runs(one)] == ["done"] * number, 60, 0.1)  # noqa: B023
        assert (acts("schedules.started"), row(one).next_at > timezone.now()) == (number, True)
        minute()
    assert (ExportRecord.objects.using("owner").count(), row(one).failures) == (times, 0)
    assert Notice.objects.using("owner").count() == 0


@OFTEN
def test_t36_kill_a_scheduled_export(cast, look, killed_in, times):  # noqa: F811
    """Killed before its line in the register: one file, one line, counted as one run that went well."""
    one = setup(cast.county)
    for number in range(1, times + 1):
        make_due(one)
        assert minute() == (0, 1)
        job = killed_in("accounts_exportrecord", lambda: runs(one)[-1].id)
        assert look("SELECT state, attempts FROM accounts_job WHERE id = %s", job) == [("done", 2)]
        assert ExportRecord.objects.using("owner").count() == number
        assert minute() == (1, 0)
    assert (row(one).failures, row(one).state) == (0, "active")


@OFTEN
def test_t36_kill_a_change_of_the_tree(cast, look, killed_in, monkeypatch, times):  # noqa: F811
    """Killed between the paths and the kept past: the unit moves once, and its old place is kept once."""
    monkeypatch.setattr("accounts.actions.area_operations.start_job", lambda *args, **kwargs: None)
    for number, code in enumerate(TOWNS[:times], 1):
        with scoped(cast.city) as by:
            name = f"第{number}新镇"
            plan = {"units": [code], "name": name}
            asked = propose("rename", timezone.localdate(), plan, reason="批复", by=by)
        with scoped(cast.admin) as by:
            decide_many([asked], by=by)
        start = partial(start_system_job, "areas.due", f"t36:{number}", system_scope="areas")
        job = killed_in("accounts_areaversion", start)
        assert look("SELECT state, attempts FROM accounts_job WHERE id = %s", job) == [("done", 2)]
        unit = Area.objects.using("owner").get(code=code)
        assert (unit.name, AreaOperation.objects.using("owner").get(pk=asked.pk).state) == (name, "done")
        assert acts("area_changes.done") == number
        assert AreaVersion.objects.using("owner").filter(area__code=code).count() == 1


@OFTEN
def test_t36_kill_the_collected_sheets(day, client_of, look, killed_in, tmp_path, settings, times):  # noqa: F811
    """Killed while the sheets are laid before their townships: one offer, one act, the desk is through."""
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path
    county, town = client_of("county"), client_of("town")
    for number in range(1, times + 1):
        found = send(county, zipped(("岭下街道.xlsx", sheet_of(town, day, visits=number))))["Location"]

        def start(url: str = found) -> int:
            return int(county.post(url)["Location"].rstrip("/").rsplit("/", 1)[1])

        job = killed_in("reports_dailyoffer", start)
        assert look("SELECT state, attempts FROM accounts_job WHERE id = %s", job) == [("done", 2)]
        [offer] = DailyOffer.objects.using("owner").all()
        assert offer.is_open
        assert acts("daily.offered") == number
