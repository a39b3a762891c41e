"""The port VoiceDetector: what the pipeline relies on, whoever detects."""

import asyncio

import numpy as np
import pytest

from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.domain.audio import SAMPLE_RATE, Samples
from speechkit.domain.windows import FRAME_SAMPLES
from speechkit.ports import VoiceDetector
from tests.fakes.voice_detector import FakeVoiceDetector
from tests.speech.audio import read_pcm
from tests.speech.clips import Clip


@pytest.fixture(scope="module", params=[FakeVoiceDetector, SileroVoiceDetector])
def detector(request: pytest.FixtureRequest) -> VoiceDetector:
    made: VoiceDetector = request.param()
    return made


@pytest.fixture(scope="module")
def reading(beckett: Clip) -> Samples:
    samples = read_pcm(beckett.path).astype(np.float32) / np.float32(32_768)
    return samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES]


def test_frames_are_those_that_the_windows_are_cut_by(detector: VoiceDetector) -> None:
    assert detector.frame_samples == FRAME_SAMPLES


async def test_every_frame_has_a_probability(detector: VoiceDetector, reading: Samples) -> None:
    probabilities = await detector.session().probabilities(reading)
    assert probabilities.shape == (len(reading) // FRAME_SAMPLES,)
    assert probabilities.dtype == np.float32
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


async def test_no_samples_have_no_probabilities(detector: VoiceDetector) -> None:
    assert (await detector.session().probabilities(np.zeros(0, np.float32))).shape == (0,)


async def test_speech_is_told_from_silence(detector: VoiceDetector, reading: Samples) -> None:
    silence = np.zeros(3 * SAMPLE_RATE // FRAME_SAMPLES * FRAME_SAMPLES, np.float32)
    session = detector.session()
    assert np.quantile(await session.probabilities(reading), 0.75) > 0.8, "it pauses for about half of the time"
    assert (await session.probabilities(silence))[5:].max() < 0.35


async def test_the_answer_does_not_depend_on_how_the_samples_arrive(detector: VoiceDetector, reading: Samples) -> None:
    whole = await detector.session().probabilities(reading)
    session, step = detector.session(), 7 * FRAME_SAMPLES
    parts = [await session.probabilities(reading[start : start + step]) for start in range(0, len(reading), step)]
    assert np.allclose(np.concatenate(parts), whole, atol=1e-3)


async def test_streams_do_not_disturb_one_another(detector: VoiceDetector, reading: Samples) -> None:
    alone = await detector.session().probabilities(reading)
    noise = np.random.default_rng(7).normal(0, 0.3, len(reading)).astype(np.float32)
    first, second = detector.session(), detector.session()
    heard, step = [], 31 * FRAME_SAMPLES
    for start in range(0, len(reading), step):
        part = slice(start, start + step)
        answer, _ = await asyncio.gather(first.probabilities(reading[part]), second.probabilities(noise[part]))
        heard.append(answer)
    assert np.allclose(np.concatenate(heard), alone, atol=1e-3)
