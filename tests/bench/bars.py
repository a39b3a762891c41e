"""Whether Earshot reached what it has to: each bar with the figure that was measured.

How many times as fast as whom stands with the scenarios; here are the bars for words, waiting and memory as well. What
could not be measured does not hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench.figures import figures, times_as_fast
from tests.bench.measuring import Measurements
from tests.bench.scenarios import Bar, Scenario
from tests.peers.lineup import SEQUENTIAL

MOST_WORD_ERRORS_MORE = 0.003
"""Than faster-whisper with the same beam."""
MOST_TIMES_LATER = 3.0
"""A short clip behind a long file, at the 95th percentile, than on a server with nothing else to do."""
MEMORY_BYTES = 700_000_000
"""Of Triton and its model, besides the weights."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    promise: str
    asked: str
    measured: str
    holds: bool


def verdicts(
    measured: Measurements, scenarios: Sequence[Scenario], *, earshot: str, weights_bytes: int
) -> list[Verdict]:
    found: list[Verdict] = []
    for scenario in scenarios:
        found += [_speed(measured, scenario, bar, earshot=earshot) for bar in scenario.bars]
        if scenario.clients > 1:
            found.append(_words(measured, scenario, earshot=earshot))
        if scenario.behind:
            found.append(_waiting(measured, scenario, scenarios[0], earshot=earshot))
    peaks = [peak for scenario in scenarios for peak in measured[scenario.title, earshot].triton_peak_bytes]
    if peaks:
        found.append(_memory(max(peaks), weights_bytes=weights_bytes))
    return found


def _speed(measured: Measurements, scenario: Scenario, bar: Bar, *, earshot: str) -> Verdict:
    times = min(_times(measured, scenario, bar, earshot=earshot), default=None)
    return Verdict(
        promise=f"{scenario.title}: as fast as {' or '.join(bar.peers)}",
        asked=f"{bar.times:.1f}×",
        measured="–" if times is None else f"{times:.2f}×",
        holds=times is not None and times >= bar.times,
    )


def _times(measured: Measurements, scenario: Scenario, bar: Bar, *, earshot: str) -> Iterator[float]:
    ours = measured[scenario.title, earshot]
    for name in bar.peers:
        theirs = measured.get((scenario.title, name))
        if theirs and theirs.runs and ours.runs and not (theirs.failure or ours.failure):
            yield times_as_fast(ours, theirs)


def _words(measured: Measurements, scenario: Scenario, *, earshot: str) -> Verdict:
    ours, theirs = measured[scenario.title, earshot], measured.get((scenario.title, SEQUENTIAL))
    if not (ours.runs and theirs and theirs.runs):
        more = None
    else:
        more = figures(scenario, ours).error_rate - figures(scenario, theirs).error_rate
    return Verdict(
        promise=f"{scenario.title}: word errors more than {SEQUENTIAL}",
        asked=f"at most {100 * MOST_WORD_ERRORS_MORE:.1f} points",
        measured="–" if more is None else f"{100 * more:+.1f} points",
        holds=more is not None and more <= MOST_WORD_ERRORS_MORE,
    )


def _waiting(measured: Measurements, scenario: Scenario, alone: Scenario, *, earshot: str) -> Verdict:
    behind, idle = measured[scenario.title, earshot], measured[alone.title, earshot]
    later = None
    if behind.runs and idle.runs and not (behind.failure or idle.failure):
        later = figures(scenario, behind).p95_seconds / figures(alone, idle).p95_seconds
    return Verdict(
        promise=f"{scenario.title}: p95 of p95 alone",
        asked=f"at most {MOST_TIMES_LATER:.1f}×",
        measured="–" if later is None else f"{later:.2f}×",
        holds=later is not None and later <= MOST_TIMES_LATER,
    )


def _memory(peak_bytes: int, *, weights_bytes: int) -> Verdict:
    most = weights_bytes + MEMORY_BYTES
    return Verdict(
        promise="memory of Triton with its model at its peak",
        asked=f"at most {most / 2**20:.0f} MiB",
        measured=f"{peak_bytes / 2**20:.0f} MiB",
        holds=peak_bytes <= most,
    )
