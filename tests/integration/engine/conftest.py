"""The real engine on real weights, int8 on the cores that the tests may use."""

from pathlib import Path

import numpy as np
import pytest

from speechkit.runtime.cores import allowed_cores
from tests.speech.audio import read_pcm
from tests.speech.clips import Clip
from whisper_engine.engine import WhisperEngine
from whisper_engine.mel import SAMPLE_RATE, Samples


@pytest.fixture(scope="session")
def engine(weights_dir: Path) -> WhisperEngine:
    return WhisperEngine.load(weights_dir / "whisper-base", threads=allowed_cores())


@pytest.fixture(scope="session")
def english_engine(weights_dir: Path) -> WhisperEngine:
    """tiny.en, whose vocabulary has neither languages nor tasks."""
    return WhisperEngine.load(weights_dir / "whisper-tiny.en", threads=allowed_cores())


@pytest.fixture(scope="session")
def reading(beckett: Clip) -> Samples:
    """10 s: "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better." """
    # From where its first word is plain: with all of the breath before it, arithmetic decides between Ever and Never.
    return samples_of(beckett)[3_200:]


@pytest.fixture(scope="session")
def long_reading(two_cities: Clip) -> Samples:
    """The first 28 s of one voice without long pauses."""
    return samples_of(two_cities)[: 28 * SAMPLE_RATE]


def samples_of(clip: Clip) -> Samples:
    return read_pcm(clip.path).astype(np.float32) / np.float32(32_768)
