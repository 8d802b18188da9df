"""The .csv of totals with every village: the filed ones with their figures, the others 未报."""

import csv

from accounts.jobs import runner
from accounts.models import Area
from tests.accounts.spreadsheets.conftest import as_worker
from tests.reports.rollup.test_rollup_screen import TODAY, folded  # noqa: F401 - a fixture


def test_every_village_of_the_unit_has_its_line(folded, client_of, settings, tmp_path):  # noqa: F811
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path
    answer = client_of("city").post(f"/reports/rollup/export/?date={TODAY}", {"format": "villages"})
    with as_worker():
        assert runner.run(int(answer["Location"].rstrip("/").rsplit("/", 1)[1])) == "done"
    [path] = settings.RESULTS_DIR.glob("*.csv")
    with path.open(encoding="utf-8-sig") as file:
        lines = list(csv.DictReader(file))
    villages = Area.objects.using("owner").within("99/9901/").filter(level=5, in_electorate=True)
    codes = villages.order_by("path").values_list("code", flat=True)
    assert [line["区划代码"] for line in lines] == list(codes)
    filed = [line["区划代码"] for line in lines if line["底数/应换届"] != "未报"]
    assert filed == [code for code in codes if code.startswith("990101001")]
