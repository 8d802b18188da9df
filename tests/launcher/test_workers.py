"""The whole suite in two processes, each on servers of its own; what takes longest begins first."""

import json
import os
import subprocess
import sys

import pytest

from config.launcher.tests import SERVERS, workers
from tests.workers import Scheduling, place

SETS = [{"DATABASE_URL": "postgresql://one"}, {"DATABASE_URL": "postgresql://two"}]


@pytest.mark.parametrize(
    ("arguments", "cores", "found"),
    [
        ([], 1, 1),
        ([], 2, 2),
        ([], 16, 2),
        (["-m", "", "-q"], 2, 2),
        (["--ignore=tests/browser"], 2, 2),
        (["tests/reports"], 2, 1),
        (["-k", "t16"], 2, 1),
        (["-x"], 2, 1),
        (["--pdb"], 2, 1),
    ],
)
def test_two_processes_for_the_whole_suite_alone(monkeypatch, arguments, cores, found):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert workers(arguments) == found


@pytest.mark.parametrize(
    ("worker", "found"),
    [("gw0", "postgresql://one"), ("gw1", "postgresql://two"), ("gw2", "postgresql://one"), ("", "kept")],
)
def test_each_process_has_its_own_servers(worker, found):
    environment = os.environ | {
        "PYTEST_XDIST_WORKER": worker,
        SERVERS: json.dumps(SETS),
        "DATABASE_URL": "kept",
    }
    asked = "import os, tests.workers; print(os.environ['DATABASE_URL'])"
    shown = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == found


def test_the_longest_begin_first_and_the_browser_is_one_unit():
    asked = [
        "tests/accounts/test_look.py::a",
        "tests/security/test_t01.py::a",
        "tests/browser/test_print.py::a",
    ]
    assert sorted(asked, key=place) == asked[::-1]
    scheduling = Scheduling.__new__(Scheduling)
    assert {scheduling._split_scope(f"tests/browser/test_{name}.py::a") for name in ("print", "filing")} == {
        "tests/browser/"
    }
    assert scheduling._split_scope("tests/security/test_t01.py::a[town]") == "tests/security/test_t01.py"
