"""A sample is the same wherever it is taken, and holds clips of every length."""

from collections import Counter
from pathlib import Path
from random import Random

from tests.accuracy.sampling import LENGTH_CLASSES, length_class, sample
from tests.speech.clips import Clip

CLIPS = [
    Clip(name=f"{seconds}-{number}", path=Path("/nowhere"), reference_text="", language="en", duration_seconds=seconds)
    for seconds in (1.0, 3.0, 5.0, 20.0)
    for number in range(30)
]


def test_a_sample_does_not_depend_on_the_order_of_the_files() -> None:
    jumbled = CLIPS.copy()
    Random(1).shuffle(jumbled)
    assert sample(jumbled) == sample(CLIPS)


def test_a_sample_takes_its_share_of_each_length() -> None:
    taken = Counter(length_class(clip).label for clip in sample(CLIPS))
    assert taken == {each.label: each.sampled for each in LENGTH_CLASSES}


def test_a_set_smaller_than_its_share_is_taken_whole() -> None:
    assert sorted(clip.name for clip in sample(CLIPS[:3])) == sorted(clip.name for clip in CLIPS[:3])
