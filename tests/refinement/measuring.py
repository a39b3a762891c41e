"""Counts what the guard misses and what it takes for damage though it is none."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from postprocess.guard import FAITHFUL, judge
from tests.refinement.damage import derived
from tests.refinement.sets import Answer, Half, damaging, faithful


@dataclass(frozen=True)
class Rates:
    """`missed` and `alarms` are the answers themselves, to be looked at."""

    half: Half
    damaging: int
    derived: int
    missed: Sequence[Answer]
    faithful: int
    alarms: Sequence[Answer]

    @property
    def alarm_share(self) -> float:
        return len(self.alarms) / self.faithful


def measure(half: Half) -> Rates:
    """Both rates for one half, under the limits of a clean-up."""
    good, by_hand = faithful(half), damaging(half)
    by_rule = derived(good)
    return Rates(
        half=half,
        damaging=len(by_hand),
        derived=len(by_rule),
        missed=[answer for answer in (*by_hand, *by_rule) if not _faults(answer)],
        faithful=len(good),
        alarms=[answer for answer in good if _faults(answer)],
    )


def seconds_for_long_speech() -> float:
    """How long one judgement of a chunk of 1,500 words takes the processor, at best of five."""
    raw, cleaned = "", ""
    longest = sorted((answer for answer in faithful("tuning") if answer.language == "en"), key=lambda a: -len(a.raw))
    while len(raw.split()) < 1500:
        for answer in longest[:12]:
            raw, cleaned = f"{raw} {answer.raw}", f"{cleaned} {answer.text}"
    return min(_seconds(raw, cleaned) for _ in range(5))


def _seconds(raw: str, cleaned: str) -> float:
    started = time.process_time()
    judge(raw, cleaned, limits=FAITHFUL, language="en")
    return time.process_time() - started


def _faults(answer: Answer) -> bool:
    return bool(judge(answer.raw, answer.text, limits=FAITHFUL, language=answer.language))
