"""T20, the instrument: what `recorded` sees of an action, and that it misses nothing."""

import pytest

from accounts.audit import registry
from tests.accounts.audit.lab import TABLE
from tests.accounts.audit.recorded import recorded


def test_t20_recorded_names_acts_and_events(writer):
    with recorded() as acts:
        writer.write("a")
        writer.write("b", "c")
    assert acts == [("lab.write", [(TABLE, "INSERT")])] * 2


def test_t20_code_that_writes_nothing_leaves_nothing(writer):
    with recorded() as acts:
        pass
    assert acts == []


def test_t20_negative_control_an_undeclared_type_fails(writer, monkeypatch):
    block = recorded()
    block.__enter__()
    writer.write("a")
    monkeypatch.delitem(registry._LABELS, "lab.write")
    with pytest.raises(AssertionError, match="not declared"):
        block.__exit__(None, None, None)
