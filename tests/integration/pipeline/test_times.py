"""Times are those of the sound: phrases are put where the test wants them, and have to be found there."""

import re
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.transcript import Transcript, Word
from speechkit.pipeline import Pipeline
from tests.speech.audio import SAMPLE_RATE, Pcm, duration_seconds, read_pcm, silence, write_wav
from tests.speech.clips import Clip

PHRASES = ("ever tried", "ever failed", "no matter", "try again", "fail again", "fail better")
HOP = SAMPLE_RATE // 100
PAUSE = 0.25
"""Between two phrases of the recording, at least; within one there are shorter ones."""
BREATH = 0.3
"""Between phrases he breathes in, more briefly than any of them lasts."""

MEAN_ERROR_SECONDS = 0.08
SCATTERED = (0.3, 0.5, 0.4, 0.7, 0.35, 0.9)
"""Pauses between the phrases: all in one window."""

OPTIONS = TranscriptionOptions(model="whisper-base", language="en", word_timestamps=True)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Placed:
    text: str
    start: float
    end: float


@pytest.fixture(scope="module")
def phrases(beckett: Clip) -> list[Pcm]:
    """Each from its first sound to its last, to the hundredth of a second."""
    pcm = read_pcm(beckett.path)
    loudness = np.abs(pcm[: len(pcm) // HOP * HOP].reshape(-1, HOP).astype(np.int32)).max(axis=1)
    loud = np.flatnonzero(loudness > 0.05 * loudness.max())
    edges = np.flatnonzero(np.diff(loud) > PAUSE * SAMPLE_RATE / HOP)
    runs = zip([loud[0], *loud[edges + 1]], [*loud[edges] + 1, loud[-1] + 1], strict=True)
    found = [pcm[start * HOP : end * HOP] for start, end in runs if (end - start) * HOP > BREATH * SAMPLE_RATE]
    assert len(found) == len(PHRASES)
    return found


def scattered(phrases: list[Pcm], pauses: list[float], path: Path) -> list[Placed]:
    """Writes the phrases, over and over, each after its pause; says where each one is."""
    parts, placed, at = [], [], 0.0
    for (text, pcm), pause in zip(cycle(zip(PHRASES, phrases, strict=True)), pauses, strict=False):
        parts += [silence(pause), pcm]
        at = sum(map(len, parts)) / SAMPLE_RATE
        placed.append(Placed(text, at - duration_seconds(pcm), at))
    write_wav(path, np.concatenate([*parts, silence(0.5)]))
    return placed


async def transcribed(pipeline: Pipeline, path: Path) -> Transcript:
    with path.open("rb") as media:
        return await pipeline.complete(media, OPTIONS, deadline_seconds=100)


def spelled(word: Word) -> str:
    return re.sub(r"[^a-z]", "", word.text.lower())


async def test_words_begin_and_end_where_they_are_heard(pipeline: Pipeline, phrases: list[Pcm], tmp_path: Path) -> None:
    path = tmp_path / "scattered.wav"
    placed = scattered(phrases, list(SCATTERED), path)
    words = (await transcribed(pipeline, path)).words
    assert [spelled(word) for word in words] == [word for each in placed for word in each.text.split()]
    starts = [word.start - each.start for word, each in zip(words[::2], placed, strict=True)]
    ends = [word.end - each.end for word, each in zip(words[1::2], placed, strict=True)]
    assert fmean(map(abs, starts + ends)) < MEAN_ERROR_SECONDS


async def test_times_do_not_drift_in_a_long_file(pipeline: Pipeline, phrases: list[Pcm], tmp_path: Path) -> None:
    """Six minutes, its phrases seconds apart: the last is found as near its place as the first."""
    path = tmp_path / "long.wav"
    pauses = list(islice(cycle((1.1, 3.7, 2.3, 5.9, 0.8, 4.3, 1.9)), 110))
    placed = scattered(phrases, pauses, path)
    assert placed[-1].end > 360
    transcript = await transcribed(pipeline, path)
    words = transcript.words
    for earlier, later in pairwise(words):
        assert earlier.start <= earlier.end <= later.start
    for segment in transcript.segments:
        for word in segment.words:
            assert segment.start <= word.start <= word.end <= segment.end
    found = [min((word.start - each.start for word in words), key=abs) for each in placed]
    tenth = len(found) // 10
    assert fmean(map(abs, found)) < MEAN_ERROR_SECONDS
    assert abs(fmean(found[-tenth:]) - fmean(found[:tenth])) < MEAN_ERROR_SECONDS
