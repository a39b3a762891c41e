"""The whole line of flow on real parts: decoder processes, Silero and Whisper on a real Triton."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import jiwer
import numpy as np
import pytest
import pytest_asyncio
from whisper_normalizer.english import EnglishTextNormalizer

from speechkit.adapters.media.pyav_decoder import PyAvDecoder
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.domain.audio import Block
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.transcript import Transcript
from speechkit.domain.windows import FRAME_SAMPLES, WindowRules
from speechkit.pipeline import Pipeline
from speechkit.ports import SeekableMedia
from tests.fakes.recognizer import FakeRecognizer
from tests.speech.audio import read_pcm, write_wav
from tests.speech.clips import Clip
from tests.speech.wordless import melody, wordless_sounds

ENGLISH = TranscriptionOptions(model="whisper-base", language="en")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class CountedDecoder:
    """The real decoder; knows how much it has handed over so far."""

    inner: PyAvDecoder
    decoded_samples: int = 0
    finished: bool = False

    @asynccontextmanager
    async def decode(self, media: SeekableMedia) -> AsyncIterator[AsyncIterator[Block]]:
        async with self.inner.decode(media) as blocks:
            yield self._counted(blocks)

    async def _counted(self, blocks: AsyncIterator[Block]) -> AsyncIterator[Block]:
        async for block in blocks:
            self.decoded_samples = block.end_samples
            yield block
        self.finished = True


async def transcribed(pipeline: Pipeline, path: Path, options: TranscriptionOptions = ENGLISH) -> Transcript:
    with path.open("rb") as media:
        return await pipeline.complete(media, options, deadline_seconds=100)


def word_error_rate(reference: str | None, transcript: Transcript) -> float:
    assert reference
    normalize = EnglishTextNormalizer()
    return jiwer.wer(normalize(reference), normalize(transcript.text))


async def test_a_reading_comes_out_as_it_was_read(pipeline: Pipeline, two_cities: Clip) -> None:
    """44 s in several windows: few errors, rising times that refer to the file, words inside of their segments."""
    transcript = await transcribed(
        pipeline, two_cities.path, TranscriptionOptions(model="whisper-base", word_timestamps=True)
    )
    assert word_error_rate(two_cities.reference_text, transcript) <= 0.05
    assert transcript.language == "en"
    assert transcript.duration_seconds == pytest.approx(two_cities.duration_seconds, abs=0.05)
    for earlier, later in pairwise(transcript.segments):
        assert earlier.start < earlier.end <= later.start < later.end <= transcript.duration_seconds
    for segment in transcript.segments:
        assert "".join(word.text for word in segment.words) == segment.text
    for earlier_word, later_word in pairwise(transcript.words):
        assert earlier_word.start <= later_word.start
    times = [word.start for word in transcript.words if word.text.strip(" .,").lower() == "despair"]
    assert times == [pytest.approx(20.6, abs=0.8)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def breathless(two_cities: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same reading with all its pauses taken out: 33 s of speech that offers no place to cut."""
    pcm = read_pcm(two_cities.path)
    frames = pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    samples = frames.reshape(-1).astype(np.float32) / np.float32(32_768)
    probabilities = await SileroVoiceDetector().session().probabilities(samples)
    path = tmp_path_factory.mktemp("breathless") / "breathless.wav"
    write_wav(path, frames[probabilities > 0.3].reshape(-1))
    return path


@pytest.mark.parametrize("max_seconds", [7.0, 12.0, 28.0])
async def test_no_word_is_lost_or_said_twice_at_a_cut_in_speech(
    pipeline: Pipeline, two_cities: Clip, breathless: Path, max_seconds: float
) -> None:
    rules = WindowRules(max_seconds=max_seconds, target_seconds=max_seconds, pause_seconds=2.0)
    cutting = Pipeline(
        decoder=pipeline.decoder, voice_detector=pipeline.voice_detector, recognizer=pipeline.recognizer, rules=rules
    )
    transcript = await transcribed(cutting, breathless)
    assert word_error_rate(two_cities.reference_text, transcript) <= 0.05
    words = re.findall(r"[a-z']+", transcript.text.lower())
    assert not [pair for pair in pairwise(words) if pair[0] == pair[1]], "a word was said twice"


async def test_silence_and_noise_are_empty_transcripts(pipeline: Pipeline, tmp_path: Path) -> None:
    for name, loudness in (("silence", 0), ("faint noise", 60), ("noise", 3_000)):
        noise = np.random.default_rng(1).normal(0, 1, 12 * 16_000) * loudness
        write_wav(tmp_path / f"{name}.wav", noise.astype(np.int16))
        transcript = await transcribed(pipeline, tmp_path / f"{name}.wav")
        assert (name, transcript.text, transcript.duration_seconds) == (name, "", 12.0)


async def test_sounds_that_nobody_spoke_have_no_words(pipeline: Pipeline, tmp_path: Path) -> None:
    """Music too, of which the voice detector lets a moment through."""
    for name, sound in {**wordless_sounds(20), "music": melody(20)}.items():
        write_wav(tmp_path / f"{name}.wav", sound)
        assert (name, (await transcribed(pipeline, tmp_path / f"{name}.wav")).text) == (name, "")


async def test_segments_come_out_while_the_file_is_still_being_decoded(
    decoder: PyAvDecoder, two_cities: Clip, tmp_path: Path
) -> None:
    pcm = read_pcm(two_cities.path)
    write_wav(tmp_path / "long.wav", np.tile(pcm, 20))
    counted = CountedDecoder(decoder)
    streaming = Pipeline(decoder=counted, voice_detector=SileroVoiceDetector(), recognizer=FakeRecognizer())
    with (tmp_path / "long.wav").open("rb") as media:
        async with streaming.stream(media, ENGLISH, deadline_seconds=60) as segments:
            await anext(segments)
            assert not counted.finished
            assert counted.decoded_samples < len(pcm) * 20 / 2
