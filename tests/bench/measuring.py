"""Runs every scenario on every system in turn, round after round, and keeps what was measured.

The systems alternate (A B C, then B C A, …), so that a slow minute of the machine hits all of them alike. What the
figures amount to is the matter of `tests.bench.figures`.
"""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.bench.scenarios import Scenario, task, warm_up
from tests.peers.memory import PeakMemory
from tests.peers.process import Failed, System
from tests.peers.workload import Run


@dataclass(kw_only=True)
class Measured:
    """One system in one scenario, one entry a round."""

    runs: list[Run] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)
    triton_peak_bytes: list[int] = field(default_factory=list)
    failure: str = ""

    @property
    def asked(self) -> bool:
        return bool(self.runs or self.failure)


HEAD_START_SECONDS = 2.0
"""A file that others come behind is decoded by then, and its first windows are heard."""

Measurements = dict[tuple[str, str], Measured]
"""By the titles of the scenario and the system."""


def measure(systems: Sequence[System], scenarios: Sequence[Scenario], *, rounds: int) -> Measurements:
    """Earshot is the first. A system that fails a scenario is left out of it from then on, and its failure is kept."""
    measured: Measurements = {(scenario.title, system.name): Measured() for scenario in scenarios for system in systems}
    for system in systems:
        system.run(warm_up().tasks, clients=1)
    for scenario in scenarios:
        asked = systems[:1] if scenario.behind else systems
        for number in range(rounds):
            turn = number % len(asked)
            for system in [*asked[turn:], *asked[:turn]]:
                _measure_once(system, scenario, measured[scenario.title, system.name])
    return measured


def _measure_once(system: System, scenario: Scenario, measured: Measured) -> None:
    if measured.failure:
        return
    try:
        if system.process_id is None:
            run = _run(system, scenario)
        else:
            with PeakMemory(system.process_id) as memory:
                run = _run(system, scenario)
            measured.peak_bytes.append(memory.peak_bytes)
            measured.triton_peak_bytes.append(memory.triton_peak_bytes)
    except Failed as failure:
        measured.failure = str(failure)
        print(f"bench: {failure}", file=sys.stderr, flush=True)
        return
    measured.runs.append(run)
    print(f"bench: {scenario.title}: {system.name}, {run.wall_seconds:.1f} s", file=sys.stderr, flush=True)


def _run(system: System, scenario: Scenario) -> Run:
    if scenario.behind is None:
        return system.run(scenario.tasks, clients=scenario.clients)
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead = pool.submit(system.run, [task(scenario.behind)], clients=1)
        time.sleep(HEAD_START_SECONDS)
        run = system.run(scenario.tasks, clients=scenario.clients)
        if ahead.done():
            raise Failed(f"{system.name}: what the others were to come behind was over before them")
        ahead.result()
    return run
