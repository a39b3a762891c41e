"""Promises of the cut that hold for any audio: found by Hypothesis, not by example."""

from itertools import pairwise, zip_longest

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.windows import FRAME_SAMPLES, Window, Windower, WindowRules

RULES = WindowRules()
SILENCE, DOUBT, SPEECH = 0.05, 0.42, 0.9

runs = st.lists(
    st.tuples(st.sampled_from([SILENCE, DOUBT, SPEECH]), st.integers(min_value=1, max_value=1200)),
    min_size=1,
    max_size=12,
)
"""Runs of frames of one probability: anything from a click to 38 s of unbroken speech."""


def probabilities_of(spoken: list[tuple[float, int]]) -> np.ndarray:
    return np.concatenate([np.full(count, probability, np.float32) for probability, count in spoken])


def cut(probabilities: np.ndarray, steps: list[int] | None = None, missing_samples: int = 0) -> list[Window]:
    """Samples carry their own position, so that a window shows which audio it holds."""
    total = len(probabilities) * FRAME_SAMPLES
    frames = np.arange(total, dtype=np.float32).reshape(-1, FRAME_SAMPLES)
    windower, position = Windower(RULES), 0
    windows: list[Window] = []
    for step in [*(steps or []), len(frames)]:
        windows += windower.push(frames[position : position + step], probabilities[position : position + step])
        position += step
    return windows + list(windower.finish(total - missing_samples))


def facts(window: Window) -> tuple[int, int, int, int]:
    return window.offset_samples, window.end_samples, window.owned_from_samples, window.owned_until_samples


@given(spoken=runs, steps=st.lists(st.integers(min_value=0, max_value=400), max_size=30))
@settings(deadline=None)
def test_windows_are_the_same_however_the_audio_arrives(spoken: list[tuple[float, int]], steps: list[int]) -> None:
    """The size of the blocks that a decoder hands over has no influence on the cut."""
    probabilities = probabilities_of(spoken)
    assert [facts(window) for window in cut(probabilities, steps)] == [facts(window) for window in cut(probabilities)]


@given(spoken=runs, missing_samples=st.integers(min_value=0, max_value=FRAME_SAMPLES - 1))
@settings(deadline=None)
def test_windows_hold_their_own_part_of_the_file_in_order(
    spoken: list[tuple[float, int]], missing_samples: int
) -> None:
    """Samples sit at the offset that the window states, in the file, at most 30 s of them, and ownership rises."""
    probabilities = probabilities_of(spoken)
    windows = cut(probabilities, missing_samples=missing_samples)
    total = len(probabilities) * FRAME_SAMPLES - missing_samples
    for window in windows:
        assert window.samples[0] == window.offset_samples
        assert window.samples[-1] == window.end_samples - 1
        assert 0 < len(window.samples) <= 30 * SAMPLE_RATE
        assert window.end_samples <= total
        assert window.offset_samples <= window.owned_from_samples < window.owned_until_samples <= window.end_samples
        assert 0.0 <= window.speech_probability <= 1.0
    for first, second in pairwise(windows):
        assert first.owned_until_samples <= second.owned_from_samples


@given(spoken=runs)
@settings(deadline=None)
def test_every_speech_frame_is_owned_by_one_window(spoken: list[tuple[float, int]]) -> None:
    """Speech is neither lost between windows nor given to two; only a click alone may be dropped."""
    probabilities = probabilities_of(spoken)
    owners = np.zeros(len(probabilities) * FRAME_SAMPLES, int)
    for window in cut(probabilities):
        owners[window.owned_from_samples : window.owned_until_samples] += 1
    assert owners.max(initial=0) <= 1
    per_frame = owners.reshape(-1, FRAME_SAMPLES).min(axis=1)
    for begin, length in _runs_at_least(probabilities, SPEECH, RULES.min_speech_seconds):
        assert per_frame[begin : begin + length].all()


@given(spoken=runs)
@settings(deadline=None)
def test_a_cut_in_speech_is_heard_on_both_sides(spoken: list[tuple[float, int]]) -> None:
    """Where a window ends in running speech, both it and the next one hear the overlap around the cut."""
    overlap = int(RULES.overlap_seconds * SAMPLE_RATE) // FRAME_SAMPLES * FRAME_SAMPLES
    windows = cut(probabilities_of(spoken))
    for first, second in zip_longest(windows, windows[1:]):
        if first.overlaps_next:
            assert second is not None
            assert second.owned_from_samples == first.owned_until_samples
            assert first.end_samples - first.owned_until_samples >= overlap
            assert second.owned_from_samples - second.offset_samples >= overlap
        elif second is not None:
            assert not second.overlaps_previous


def _runs_at_least(probabilities: np.ndarray, level: float, least_seconds: float) -> list[tuple[int, int]]:
    found, begin = [], None
    for index, probability in enumerate([*probabilities, 0.0]):
        if probability >= level - 1e-6 and begin is None:
            begin = index
        elif probability < level - 1e-6 and begin is not None:
            if (index - begin) * FRAME_SAMPLES >= least_seconds * SAMPLE_RATE:
                found.append((begin, index - begin))
            begin = None
    return found
