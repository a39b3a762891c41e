"""The benchmark's result as Markdown: the machine, how it was measured, and a table for each scenario."""

from collections.abc import Mapping, Sequence

from tests.bench.bars import Verdict
from tests.bench.figures import Figures, figures, times_as_fast
from tests.bench.measuring import Measured, Measurements
from tests.bench.scenarios import Scenario

NOT_MEASURED = "–"

METHOD = """\
How it was measured: every system was loaded once and served every request of a scenario; the systems took turns, round
by round. A request's time runs from the file on disk to the whole text, for Earshot with the upload over HTTP included;
the other systems run in processes of their own and are called without any network. In-process systems serve several
clients at their best setting, two at a time: faster-whisper by two workers, whisper.cpp by two contexts.

RTF is seconds of work for a second of audio, the median of the rounds (slowest in parentheses); p50 and p95 are over
all requests of all rounds. WER is after Whisper's text normalizer. Memory is the peak of the summed PSS of a system's
process tree, Triton included, sampled every second while its requests ran and when they ended. "Earshot is" compares
wall times within each round."""


def report(
    measured: Measurements,
    scenarios: Sequence[Scenario],
    *,
    names: Sequence[str],
    absent: Mapping[str, str],
    facts: Sequence[str],
    verdicts: Sequence[Verdict],
) -> str:
    """Names in the order of the rows, Earshot first."""
    parts = [
        "\n".join(f"- {fact}" for fact in facts),
        METHOD,
        *(_scenario(scenario, measured, names) for scenario in scenarios),
    ]
    if verdicts:
        parts.append(_bars(verdicts))
    if absent:
        parts.append("\n".join(f"- not measured: {name}, because {reason}" for name, reason in absent.items()))
    return "\n\n".join(parts)


def _scenario(scenario: Scenario, measured: Measurements, names: Sequence[str]) -> str:
    header = ["system", "RTF", "p50", "p95", "WER", "peak memory", "Earshot is"]
    rows = [_row(name, scenario, measured, names[0]) for name in names if measured[scenario.title, name].asked]
    return "\n".join(
        [
            f"### {scenario.title[0].upper()}{scenario.title[1:]}",
            "",
            f"{len(scenario.clips)} requests a round, {scenario.audio_seconds:.0f} s of audio.",
            "",
            _line(header),
            _line(["---", *["---:"] * (len(header) - 1)]),
            *(_line(row) for row in rows),
        ]
    )


def _bars(verdicts: Sequence[Verdict]) -> str:
    rows = [[each.promise, each.asked, each.measured, "holds" if each.holds else "DOES NOT HOLD"] for each in verdicts]
    return "\n".join(
        [
            "### What Earshot has to reach",
            "",
            _line(["", "asked", "measured", ""]),
            _line(["---", "---:", "---:", "---"]),
            *(_line(row) for row in rows),
        ]
    )


def _row(name: str, scenario: Scenario, measured: Measurements, earshot: str) -> list[str]:
    own, reference = measured[scenario.title, name], measured[scenario.title, earshot]
    if own.failure:
        return [name, f"failed: {own.failure}", *[NOT_MEASURED] * 5]
    return [name, *_cells(figures(scenario, own)), NOT_MEASURED if name == earshot else _ratio(reference, own)]


def _cells(figures: Figures) -> list[str]:
    return [
        f"{figures.real_time_factor:.3f} ({figures.slowest_real_time_factor:.3f})",
        f"{figures.p50_seconds:.2f} s",
        f"{figures.p95_seconds:.2f} s",
        f"{100 * figures.error_rate:.1f} %",
        f"{figures.peak_bytes / 2**20:.0f} MiB" if figures.peak_bytes is not None else NOT_MEASURED,
    ]


def _ratio(earshot: Measured, peer: Measured) -> str:
    if earshot.failure:
        return NOT_MEASURED
    ratio = times_as_fast(earshot, peer)
    return f"{ratio:.2f}× as fast"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
