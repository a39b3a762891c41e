"""What was heard once in a job is not heard again, and reads as it was heard."""

import asyncio
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.errors import RecognizerUnavailable
from speechkit.domain.options import Priority, TranscriptionOptions
from speechkit.domain.transcript import Word
from speechkit.ports import Hypothesis, TimedText
from tests.fakes.recognizer import MODEL, FakeRecognizer
from worker.remembering import RememberingRecognizer, read_hypothesis, window_key, write_hypothesis

ASKED = TranscriptionOptions(model=MODEL, word_timestamps=True, logprobs=True)
SOUND = np.zeros(SAMPLE_RATE, np.float32)

numbers = st.floats(allow_nan=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
words = st.builds(Word, start=numbers, end=numbers, text=texts, probability=numbers)
segments = st.builds(
    TimedText,
    start=numbers,
    end=numbers,
    text=texts,
    tokens=st.lists(st.integers(0, 60_000)).map(tuple),
    token_texts=st.lists(st.binary()).map(tuple),
    token_logprobs=st.lists(numbers).map(tuple),
    words=st.lists(words).map(tuple),
)
hypotheses = st.builds(
    Hypothesis,
    segments=st.lists(segments, max_size=3).map(tuple),
    language=texts,
    language_probability=numbers,
    avg_logprob=numbers,
    no_speech_prob=numbers,
    compression_ratio=numbers,
    temperature=numbers,
    finish=texts,
)


class Memory:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def remember(self, window: str, heard: bytes) -> None:
        self.kept[window] = heard

    def recognizer(self, inner: FakeRecognizer) -> RememberingRecognizer:
        return RememberingRecognizer(inner, heard=dict(self.kept), remember=self.remember)


@given(hypotheses)
def test_a_hypothesis_reads_as_it_was_heard(hypothesis: Hypothesis) -> None:
    assert read_hypothesis(write_hypothesis(hypothesis)) == hypothesis


def test_what_an_engine_could_not_measure_stays_unmeasured() -> None:
    heard = Hypothesis(
        segments=(),
        language="en",
        language_probability=1.0,
        avg_logprob=math.nan,
        no_speech_prob=math.nan,
        compression_ratio=math.nan,
        temperature=0.0,
        finish="stop",
    )
    assert math.isnan(read_hypothesis(write_hypothesis(heard)).no_speech_prob)


async def test_another_run_asks_the_engine_only_for_what_is_new() -> None:
    memory, engine = Memory(), FakeRecognizer()
    first_run = memory.recognizer(engine)
    first = await first_run.recognize(SOUND, ASKED, deadline_seconds=1)
    await first_run.remember_last()
    second_run = memory.recognizer(engine)
    assert await second_run.recognize(SOUND, ASKED, deadline_seconds=1) == first
    assert len(engine.calls) == 1
    await second_run.recognize(SOUND + 1, ASKED, deadline_seconds=1)
    assert len(engine.calls) == 2
    assert (second_run.progress.windows_done, second_run.progress.windows_known) == (2, 2)
    assert second_run.progress.seconds_done == 2.0


@pytest.mark.parametrize(
    "written", [b"", b"{}", b'{"segments":7}', b'{"segments":[{"of":"another version"}]}', b"\xff"]
)
async def test_what_another_version_wrote_is_heard_again(written: bytes) -> None:
    memory, engine = Memory(), FakeRecognizer()
    memory.kept[window_key(SOUND, ASKED)] = written
    recognizer = memory.recognizer(engine)
    await recognizer.recognize(SOUND, ASKED, deadline_seconds=1)
    await recognizer.remember_last()
    assert len(engine.calls) == 1
    assert memory.kept[window_key(SOUND, ASKED)] != written


async def test_a_window_is_remembered_as_soon_as_there_is_another() -> None:
    """And the only one of a job is not, since the job ends with it."""
    memory, engine = Memory(), FakeRecognizer()
    recognizer = memory.recognizer(engine)
    await recognizer.recognize(SOUND, ASKED, deadline_seconds=1)
    assert (recognizer.has_remembered, list(memory.kept)) == (False, [])
    engine.fails_with = RecognizerUnavailable("away")
    with pytest.raises(RecognizerUnavailable):
        await recognizer.recognize(SOUND + 1, ASKED, deadline_seconds=1)
    assert (recognizer.has_remembered, list(memory.kept)) == (True, [window_key(SOUND, ASKED)])


async def test_of_windows_side_by_side_all_but_the_last_are_remembered_at_once() -> None:
    memory, engine = Memory(), FakeRecognizer(delay_seconds=0.01)
    recognizer = memory.recognizer(engine)
    await asyncio.gather(*(recognizer.recognize(SOUND + step, ASKED, deadline_seconds=1) for step in range(3)))
    assert len(memory.kept) == 2
    await recognizer.remember_last()
    assert len(memory.kept) == 3


async def test_what_failed_is_not_remembered() -> None:
    memory, engine = Memory(), FakeRecognizer(fails_with=RecognizerUnavailable("away"))
    recognizer = memory.recognizer(engine)
    with pytest.raises(RecognizerUnavailable):
        await recognizer.recognize(SOUND, ASKED, deadline_seconds=1)
    assert not memory.kept
    assert (recognizer.progress.windows_done, recognizer.progress.windows_known) == (0, 1)


def test_another_sound_or_question_is_another_window_and_another_priority_is_not() -> None:
    key = window_key(SOUND, ASKED)
    assert key == window_key(SOUND.copy(), replace(ASKED, priority=Priority.JOB))
    others = [
        window_key(SOUND[:-1], ASKED),
        window_key(SOUND, replace(ASKED, language="de")),
        window_key(SOUND, replace(ASKED, word_timestamps=False)),
    ]
    assert len({key, *others}) == 4
