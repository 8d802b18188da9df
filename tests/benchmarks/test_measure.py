"""The table of the benchmarks says met or missed by the figures, not by hand."""

from importlib.util import find_spec

import pytest

from benchmarks.__main__ import BENCHES, line, main
from benchmarks.measure import Result, Timing, alone, beside, compared, percentile


def timing(seconds: float) -> Timing:
    return Timing(seconds=seconds, peak_mb=80, rows=10, detail={})


@pytest.mark.parametrize(
    ("target", "met"),
    [("≥25×", True), ("≥25.1×", False), ("≤2 s", True), ("≤1.9 s", False), ("", None), ("soon", None)],
)
def test_a_target_is_of_the_ratio_or_of_ours(target, met):
    assert compared("import", timing(2), "stock", timing(50), target=target).met is met


def test_a_target_of_the_ratio_needs_a_peer():
    assert Result("x", 1.0, target="≥2×").met is None


def test_time_is_better_when_less_and_a_rate_when_more():
    assert beside("x", 10, "peer", 30).ratio == 3
    assert beside("x", 10, "peer", 30, unit="/s").ratio == 0.33


def test_percentile_is_the_nearest_rank():
    assert percentile([float(n) for n in range(100, 0, -1)], 0.95) == 96
    assert percentile([7.0], 0.95) == 7


def test_a_line_names_peer_reason_and_verdict():
    found = beside("list", 40, "page numbers", 20, target="≥10×", note="small table").to_json()
    assert line(found).splitlines() == [
        "  list" + " " * 40 + "       40 ms       20 ms     0.5×             ≥10× MISSED",
        "      beside page numbers",
        "      small table",
    ]
    assert alone("pages", 3, unit="", target="≤12").to_json()["met"] is True


def test_an_unknown_bench_is_refused_with_its_name(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["rolup"])
    assert stopped.value.code == 2
    assert "no such bench: rolup" in capsys.readouterr().err


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_is_there(name):
    # Not imported: some declare tables of their own, which no other test may meet.
    assert find_spec(f"benchmarks.{name}") is not None
