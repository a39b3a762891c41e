"""A bar holds by the figure that was measured, and never without one."""

from dataclasses import replace

import pytest

from tests.bench.bars import Verdict, verdicts
from tests.bench.measuring import Measured, Measurements
from tests.bench.scenarios import Bar, Scenario
from tests.peers.lineup import BATCHED, SEQUENTIAL
from tests.peers.workload import Run
from tests.unit.bench.test_figures import CLIPS, run

ALONE = Scenario(title="alone", clients=1, clips=CLIPS)
BEHIND = replace(ALONE, title="behind", behind=CLIPS[0])
FAST = Scenario(title="fast", clients=1, clips=CLIPS, bars=(Bar(times=2.0, peers=(SEQUENTIAL, BATCHED)),))
MANY = Scenario(title="many", clients=2, clips=CLIPS)


def judged(*scenarios: Scenario, earshot: list[Run], **peers: list[Run]) -> list[Verdict]:
    names = {"sequential": SEQUENTIAL, "batched": BATCHED}
    measured: Measurements = {}
    for scenario in scenarios:
        measured[scenario.title, "Earshot"] = Measured(runs=earshot)
        for name, runs in peers.items():
            measured[scenario.title, names[name]] = Measured(runs=runs)
    return verdicts(measured, scenarios, earshot="Earshot", weights_bytes=0)


@pytest.mark.parametrize(("batched_seconds", "holds"), [(2.1, True), (1.9, False)])
def test_the_fastest_of_the_peers_counts(batched_seconds: float, holds: bool) -> None:
    (speed,) = judged(
        FAST,
        earshot=[run(wall_seconds=1)],
        sequential=[run(wall_seconds=9)],
        batched=[run(wall_seconds=batched_seconds)],
    )
    assert (speed.measured, speed.holds) == (f"{batched_seconds:.2f}×", holds)


def test_what_was_not_measured_does_not_hold() -> None:
    assert [each.holds for each in judged(FAST, MANY, earshot=[run(wall_seconds=1)])] == [False, False]


def test_word_errors_are_those_beyond_the_peer_s() -> None:
    worse = run(wall_seconds=1, texts=("left right", "left"))
    (words,) = judged(MANY, earshot=[worse], sequential=[run(wall_seconds=1)])
    assert (words.measured, words.holds) == ("+25.0 points", False)
    (words,) = judged(MANY, earshot=[worse], sequential=[worse])
    assert words.holds


def test_memory_is_the_peak_of_all_scenarios() -> None:
    measured = {("alone", "Earshot"): Measured(runs=[run(wall_seconds=1)], triton_peak_bytes=[10, 1_000_000_000, 20])}
    (memory,) = verdicts(measured, [ALONE], earshot="Earshot", weights_bytes=0)
    assert (memory.measured, memory.holds) == ("954 MiB", False)


@pytest.mark.parametrize(("seconds", "holds"), [(2.9, True), (3.1, False)])
def test_waiting_is_beside_the_first_scenario(seconds: float, holds: bool) -> None:
    measured = {
        ("alone", "Earshot"): Measured(runs=[run(wall_seconds=1, seconds=1.0)]),
        ("behind", "Earshot"): Measured(runs=[run(wall_seconds=1, seconds=seconds)]),
    }
    (waiting,) = verdicts(measured, [ALONE, BEHIND], earshot="Earshot", weights_bytes=0)
    assert waiting.holds is holds
