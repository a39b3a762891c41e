"""The pauses in a window's sound, so that a word does not seem to last through the silence around it.

The alignment has no place for silence: a pause falls to the word before or after it. Where sound is, though, can be
measured, and that is all this does; a word in unbroken sound keeps the times of the alignment.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from whisper_engine.contract import Word
from whisper_engine.mel import HOP_SAMPLES, SAMPLE_RATE, Samples

FRAMES_PER_SECOND = SAMPLE_RATE // HOP_SAMPLES
SHORTEST_PAUSE_FRAMES = 15
"""Less is the closure of a plosive within a word."""
MARGIN_FRAMES = 3
"""Kept on both sides of the sound, since speech begins and ends softly."""


def without_pauses(words: tuple[Word, ...], samples: Samples) -> tuple[Word, ...]:
    """The words, each from where its own sound begins to where it ends."""
    levels = _levels(samples)
    sounding = levels > _quiet(levels)
    return tuple(_trimmed(word, levels, sounding) for word in words)


def _levels(samples: Samples) -> NDArray[np.float32]:
    """The root mean square of each 10 ms."""
    whole = samples[: len(samples) // HOP_SAMPLES * HOP_SAMPLES].reshape(-1, HOP_SAMPLES)
    return np.asarray(np.sqrt(np.square(whole).mean(axis=1)), np.float32)


def _quiet(levels: NDArray[np.float32]) -> float:
    """The level up to which nobody speaks: the background's, within 20 to 34 dB below the speech."""
    background, speech = np.percentile(levels, (10, 95))
    return float(np.clip(2.0 * background, 0.02 * speech, 0.1 * speech))


def _trimmed(word: Word, levels: NDArray[np.float32], sounding: NDArray[np.bool_]) -> Word:
    first, last = round(word.start * FRAMES_PER_SECOND), round(word.end * FRAMES_PER_SECOND)
    runs = _runs(np.flatnonzero(sounding[first:last]) + first)
    if not runs:
        return word
    # Of several sounds the loudest is the word; the others are its neighbours' ends, or breath.
    begin, end = max(runs, key=lambda run: float(np.square(levels[run[0] : run[1]]).sum()))
    return replace(
        word,
        start=max(word.start, (begin - MARGIN_FRAMES) / FRAMES_PER_SECOND),
        end=min(word.end, (end + MARGIN_FRAMES) / FRAMES_PER_SECOND),
    )


def _runs(frames: NDArray[np.intp]) -> list[tuple[int, int]]:
    """First frame and the one after the last of each sound that no pause interrupts."""
    if not len(frames):
        return []
    parts = np.split(frames, np.flatnonzero(np.diff(frames) > SHORTEST_PAUSE_FRAMES) + 1)
    return [(int(part[0]), int(part[-1]) + 1) for part in parts]
