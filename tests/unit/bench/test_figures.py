"""The benchmark's figures are what their names say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.figures import figures, percentile, times_as_fast
from tests.bench.measuring import Measured
from tests.bench.scenarios import Scenario
from tests.peers.workload import Outcome, Run
from tests.speech.clips import Clip

CLIPS = tuple(
    Clip(name=name, path=Path("/nowhere"), reference_text="left right", language="en", duration_seconds=10)
    for name in ("a", "b")
)
SCENARIO = Scenario(title="two clips", clients=2, clips=CLIPS)


def run(*, wall_seconds: float, texts: tuple[str, str] = ("left right", "left right"), seconds: float = 1.0) -> Run:
    outcomes = tuple(
        Outcome(name=clip.name, text=text, language="en", seconds=seconds)
        for clip, text in zip(CLIPS, texts, strict=True)
    )
    return Run(wall_seconds=wall_seconds, outcomes=outcomes)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 100))
def test_a_percentile_is_a_measured_value_that_the_share_does_not_exceed(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) / len(values) >= percent / 100 - 1e-9


def test_the_95th_of_twenty_is_the_nineteenth() -> None:
    assert percentile([float(number) for number in range(1, 21)], 95) == 19


def test_the_real_time_factor_is_the_median_round_over_all_audio() -> None:
    got = figures(SCENARIO, Measured(runs=[run(wall_seconds=seconds) for seconds in (2.0, 4.0, 20.0)]))
    assert got.real_time_factor == pytest.approx(4 / 20)
    assert got.slowest_real_time_factor == pytest.approx(20 / 20)


def test_errors_of_all_rounds_count() -> None:
    measured = Measured(runs=[run(wall_seconds=1), run(wall_seconds=1, texts=("left right", "left"))])
    assert figures(SCENARIO, measured).error_rate == pytest.approx(1 / 8)


def test_the_peak_is_the_largest_of_all_rounds_and_absent_when_none_was_measured() -> None:
    assert figures(SCENARIO, Measured(runs=[run(wall_seconds=1)], peak_bytes=[5, 7, 6])).peak_bytes == 7
    assert figures(SCENARIO, Measured(runs=[run(wall_seconds=1)])).peak_bytes is None


def test_speed_is_compared_round_by_round() -> None:
    """A machine that slows down tenfold in the second round changes nothing."""
    ours = Measured(runs=[run(wall_seconds=1), run(wall_seconds=10)])
    theirs = Measured(runs=[run(wall_seconds=2), run(wall_seconds=20)])
    assert times_as_fast(ours, theirs) == pytest.approx(2)
