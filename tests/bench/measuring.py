"""Runs every scenario on every system in turn, round after round, and keeps what was measured.

The systems alternate (A B C, then B C A, …), so that a slow minute of the machine hits all of them alike. What the
figures amount to is the matter of `tests.bench.figures`.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.scenarios import Scenario, warm_up
from tests.peers.memory import PeakMemory
from tests.peers.process import Failed, System
from tests.peers.workload import Run


@dataclass(kw_only=True)
class Measured:
    """One system in one scenario, one entry a round."""

    runs: list[Run] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)
    failure: str = ""


Measurements = dict[tuple[str, str], Measured]
"""By the titles of the scenario and the system."""


def measure(systems: Sequence[System], scenarios: Sequence[Scenario], *, rounds: int) -> Measurements:
    """A system that fails a scenario is left out of it from then on, and its failure is kept."""
    measured: Measurements = {(scenario.title, system.name): Measured() for scenario in scenarios for system in systems}
    for system in systems:
        system.run(warm_up().tasks, clients=1)
    for scenario in scenarios:
        for number in range(rounds):
            turn = number % len(systems)
            for system in [*systems[turn:], *systems[:turn]]:
                _measure_once(system, scenario, measured[scenario.title, system.name])
    return measured


def _measure_once(system: System, scenario: Scenario, measured: Measured) -> None:
    if measured.failure:
        return
    try:
        if system.process_id is None:
            run = system.run(scenario.tasks, clients=scenario.clients)
        else:
            with PeakMemory(system.process_id) as memory:
                run = system.run(scenario.tasks, clients=scenario.clients)
            measured.peak_bytes.append(memory.peak_bytes)
    except Failed as failure:
        measured.failure = str(failure)
        print(f"bench: {failure}", file=sys.stderr, flush=True)
        return
    measured.runs.append(run)
    print(f"bench: {scenario.title}: {system.name}, {run.wall_seconds:.1f} s", file=sys.stderr, flush=True)
