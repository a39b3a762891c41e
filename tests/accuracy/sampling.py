"""Which clips of a set are scored: a sample that is the same on every machine, with clips of every length.

One- and two-word prompts are most of the prompts and few of their words, so a blind sample would hardly hold speech.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.speech.clips import Clip
from tests.speech.made_audio import shuffled


@dataclass(frozen=True, kw_only=True)
class LengthClass:
    label: str
    below_seconds: float
    sampled: int
    """How many clips of this length a sample takes from each set."""


LENGTH_CLASSES = (
    LengthClass(label="under 2 s", below_seconds=2, sampled=10),
    LengthClass(label="2 to 5 s", below_seconds=5, sampled=20),
    LengthClass(label="5 to 15 s", below_seconds=15, sampled=20),
    LengthClass(label="15 s and more", below_seconds=float("inf"), sampled=5),
)


def length_class(clip: Clip) -> LengthClass:
    return next(each for each in LENGTH_CLASSES if clip.duration_seconds < each.below_seconds)


def sample(clips: Sequence[Clip]) -> list[Clip]:
    """Enough of each length class for well over 500 words a language."""
    by_length = sorted(shuffled(clips), key=lambda clip: length_class(clip).below_seconds)
    return [clip for group, members in groupby(by_length, key=length_class) for clip in list(members)[: group.sampled]]
