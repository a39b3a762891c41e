"""What the voice detector lets through: speech however poorly it is heard, and nothing that nobody spoke."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.domain.windows import FRAME_SAMPLES, Windower, WindowRules
from tests.speech.audio import SAMPLE_RATE, Pcm, read_pcm
from tests.speech.clips import Clip
from tests.speech.hard_to_hear import far, in_noise, over_music, quiet, telephone
from tests.speech.wordless import melody, wordless_sounds

LEAST_KEPT = 0.95
"""Of the frames that are in the windows of the clean recording."""

SECONDS = 20
WORDLESS = wordless_sounds(SECONDS)


@pytest.fixture(scope="module")
def detector() -> SileroVoiceDetector:
    return SileroVoiceDetector()


@pytest.fixture(scope="module")
def voices(beckett: Clip, two_cities: Clip, dialogue: Clip) -> list[Clip]:
    return [beckett, two_cities, dialogue]


@pytest.mark.parametrize("spoil", [quiet, far, telephone, over_music])
async def test_speech_that_is_hard_to_hear_is_kept(
    detector: SileroVoiceDetector, voices: list[Clip], spoil: Callable[[Pcm], Pcm]
) -> None:
    for clip in voices:
        clean = read_pcm(clip.path)[: SECONDS * SAMPLE_RATE]
        assert await share_kept(detector, clean, spoil(clean)) >= LEAST_KEPT, clip.name


@pytest.mark.parametrize("decibels", [20, 10, 5])
async def test_speech_in_noise_is_kept(detector: SileroVoiceDetector, voices: list[Clip], decibels: int) -> None:
    for clip in voices:
        clean = read_pcm(clip.path)[: SECONDS * SAMPLE_RATE]
        assert await share_kept(detector, clean, in_noise(clean, decibels=decibels)) >= LEAST_KEPT, clip.name


@pytest.mark.parametrize("sound", WORDLESS.values(), ids=WORDLESS.keys())
async def test_no_window_is_cut_from_sounds_that_nobody_spoke(detector: SileroVoiceDetector, sound: Pcm) -> None:
    assert not (await in_windows(detector, sound)).any()


async def test_of_music_at_most_a_moment_is_taken_for_speech(detector: SileroVoiceDetector) -> None:
    """The first plucked notes after nothing are: to hear no words in them is left to the recognizer."""
    assert (await in_windows(detector, melody(SECONDS))).sum() * FRAME_SAMPLES < SAMPLE_RATE


async def share_kept(detector: SileroVoiceDetector, clean: Pcm, spoiled: Pcm) -> float:
    spoken, kept = await in_windows(detector, clean), await in_windows(detector, spoiled)
    assert spoken.any()
    return float((spoken & kept).sum() / spoken.sum())


async def in_windows(detector: SileroVoiceDetector, pcm: Pcm) -> NDArray[np.bool_]:
    """Which frames are in some window."""
    whole = pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES].astype(np.float32) / np.float32(32_768)
    frames = whole.reshape(-1, FRAME_SAMPLES)
    windower = Windower(WindowRules())
    cut = [*windower.push(frames, await detector.session().probabilities(whole)), *windower.finish(len(whole))]
    kept = np.zeros(len(frames), np.bool_)
    for window in cut:
        kept[window.offset_samples // FRAME_SAMPLES : window.end_samples // FRAME_SAMPLES] = True
    return kept
