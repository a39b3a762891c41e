"""What the measured runs amount to: real-time factor, latencies, word error rate, peak memory, ratios.

Measuring is done by `tests.bench.measuring`, showing by `tests.bench.report`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from tests.accuracy.scoring import score, total
from tests.bench.measuring import Measured
from tests.bench.scenarios import Scenario


@dataclass(frozen=True, kw_only=True)
class Figures:
    real_time_factor: float
    """Seconds of work for a second of audio, the median of the rounds; smaller is faster."""
    slowest_real_time_factor: float
    p50_seconds: float
    p95_seconds: float
    error_rate: float
    peak_bytes: int | None


def figures(scenario: Scenario, measured: Measured) -> Figures:
    latencies = [outcome.seconds for run in measured.runs for outcome in run.outcomes]
    factors = [run.wall_seconds / scenario.audio_seconds for run in measured.runs]
    errors = total(
        score(reference=clip.reference_text or "", heard=outcome.text, language=clip.language)
        for run in measured.runs
        for clip, outcome in zip(scenario.clips, run.outcomes, strict=True)
    )
    return Figures(
        real_time_factor=median(factors),
        slowest_real_time_factor=max(factors),
        p50_seconds=percentile(latencies, 50),
        p95_seconds=percentile(latencies, 95),
        error_rate=errors.error_rate,
        peak_bytes=max(measured.peak_bytes, default=None),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """A value that was really measured, not one between two: the smallest that this share of all does not exceed."""
    return float(np.percentile(values, percent, method="inverted_cdf"))


def times_as_fast(earshot: Measured, peer: Measured) -> float:
    """The peer's wall time over Earshot's, round by round, so that both were taken within the same minutes."""
    return median(
        theirs.wall_seconds / ours.wall_seconds for ours, theirs in zip(earshot.runs, peer.runs, strict=False)
    )
