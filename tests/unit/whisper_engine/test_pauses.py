"""A word lasts from where its sound begins to where it ends, not through the pause beside it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whisper_engine.contract import Word
from whisper_engine.mel import SAMPLE_RATE
from whisper_engine.pauses import without_pauses


def sound(*parts: tuple[float, float]) -> np.ndarray:
    """Noise in parts of so many seconds at such a level."""
    noise = np.random.default_rng(1)
    return np.concatenate(
        [noise.standard_normal(int(seconds * SAMPLE_RATE)) * level for seconds, level in parts], dtype=np.float32
    )


def word(start: float, end: float) -> Word:
    return Word(start=start, end=end, text=" word", probability=1.0)


def times(words: tuple[Word, ...]) -> list[float]:
    return [time for word in words for time in (word.start, word.end)]


@pytest.mark.parametrize("background", [0.0, 0.001, 0.005])
def test_pauses_are_taken_off_both_ends(background: float) -> None:
    samples = sound((1.0, background), (0.5, 0.1), (1.0, background), (0.5, 0.1), (1.0, background))
    words = without_pauses((word(0.0, 2.0), word(2.0, 4.0)), samples)
    assert times(words) == pytest.approx([1.0, 1.5, 2.5, 3.0], abs=0.05)


def test_words_in_unbroken_sound_keep_their_times() -> None:
    words = (word(0.2, 0.5), word(0.5, 0.9))
    assert without_pauses(words, sound((1.0, 0.1))) == words


def test_a_plosive_does_not_cut_a_word() -> None:
    samples = sound((0.5, 0.0), (0.2, 0.1), (0.08, 0.0), (0.2, 0.1), (0.5, 0.0))
    assert times(without_pauses((word(0.0, 1.4),), samples)) == pytest.approx([0.5, 0.98], abs=0.05)


def test_the_end_of_the_word_before_is_not_this_word() -> None:
    samples = sound((0.1, 0.1), (0.5, 0.0), (0.4, 0.1), (0.5, 0.0))
    assert times(without_pauses((word(0.0, 1.4),), samples)) == pytest.approx([0.6, 1.0], abs=0.05)


def test_a_word_without_sound_keeps_its_times() -> None:
    words = (word(1.2, 1.6),)
    assert without_pauses(words, sound((1.0, 0.1), (1.0, 0.0))) == words


@given(cuts=st.lists(st.floats(0, 3), min_size=2, max_size=8).map(sorted), seed=st.integers(0, 99))
def test_words_only_ever_become_shorter(cuts: list[float], seed: int) -> None:
    """So their order stays, and none reaches into another."""
    levels = np.random.default_rng(seed).choice([0.0, 0.001, 0.1], 6)
    before = tuple(word(start, end) for start, end in pairwise(cuts))
    after = without_pauses(before, sound(*((0.5, level) for level in levels)))
    for old, new in zip(before, after, strict=True):
        assert old.start <= new.start <= new.end <= old.end
