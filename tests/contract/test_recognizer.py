"""What every recognizer promises, held by the fake of the unit tests, the embedded engine and real Tritons alike.

What an engine can't measure it says beforehand, and leaves out: `CAPABLE_OF` has what must not get lost.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest
import pytest_asyncio

from speechkit.adapters.embedded import EmbeddedRecognizer
from speechkit.adapters.triton import TritonRecognizer
from speechkit.domain.audio import SAMPLE_RATE, Samples, seconds
from speechkit.domain.errors import DeadlineExceeded, InvalidRequest, ModelNotFound
from speechkit.domain.options import Priority, TranscriptionOptions
from speechkit.ports import Recognizer
from speechkit.runtime.cores import allowed_cores
from tests.fakes.recognizer import FakeRecognizer
from tests.speech.audio import read_pcm
from tests.speech.clips import Clip

MODEL = "whisper-base"
HEARD = "ver tried"
"""Of "Ever tried": its first sound is so faint that the smallest difference in arithmetic makes it "Never"."""

CAPABLE_OF = {
    "fake": {"word_timestamps", "logprobs", "no_speech_prob", "beam"},
    "ctranslate2": {"word_timestamps", "logprobs", "no_speech_prob", "beam"},
    # It returns neither attention nor the first token's distribution, and its engine is built for greedy search.
    "tensorrt_llm": {"logprobs"},
}

ENGLISH = TranscriptionOptions(model=MODEL, language="en")
ASK_ALL = TranscriptionOptions(model=MODEL, language="en", word_timestamps=True, logprobs=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["fake", "embedded", "triton", "tensorrtllm"])
async def recognizer(request: pytest.FixtureRequest) -> AsyncIterator[Recognizer]:
    match request.param:
        case "fake":
            yield FakeRecognizer(says=lambda _call: " Ever tried. Ever failed.")
        case "embedded":
            weights = request.getfixturevalue("weights_dir")
            async with EmbeddedRecognizer(weights, models=[MODEL], threads=allowed_cores()) as embedded:
                yield embedded
        case served:
            async with TritonRecognizer(request.getfixturevalue(served).grpc_address) as triton:
                yield triton


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def beckett_samples(beckett: Clip) -> Samples:
    return read_pcm(beckett.path).astype(np.float32) / np.float32(32_768)


async def test_speech_becomes_text_with_times_inside_of_the_window(
    recognizer: Recognizer, beckett_samples: Samples
) -> None:
    hypothesis = await recognizer.recognize(beckett_samples, ENGLISH, deadline_seconds=60)
    assert HEARD in "".join(segment.text for segment in hypothesis.segments)
    assert hypothesis.language == "en"
    assert hypothesis.finish == "stop"
    for segment in hypothesis.segments:
        assert 0 <= segment.start < segment.end <= seconds(len(beckett_samples)) + 0.01
    for earlier, later in pairwise(hypothesis.segments):
        assert earlier.end <= later.start + 0.01


async def test_tokens_spell_the_text(recognizer: Recognizer, beckett_samples: Samples) -> None:
    hypothesis = await recognizer.recognize(beckett_samples, ENGLISH, deadline_seconds=60)
    for segment in hypothesis.segments:
        assert len(segment.tokens) == len(segment.token_texts)
        assert b"".join(segment.token_texts).decode() == segment.text


async def test_log_probabilities_come_when_asked_for(recognizer: Recognizer, beckett_samples: Samples) -> None:
    hypothesis = await recognizer.recognize(beckett_samples, ASK_ALL, deadline_seconds=60)
    for segment in hypothesis.segments:
        assert len(segment.token_logprobs) == len(segment.tokens)
        assert all(logprob <= 0 for logprob in segment.token_logprobs)


async def test_words_come_when_asked_for_from_an_engine_that_measures_them(
    recognizer: Recognizer, beckett_samples: Samples
) -> None:
    measured = (await recognizer.capabilities(MODEL)).word_timestamps
    hypothesis = await recognizer.recognize(beckett_samples, ASK_ALL, deadline_seconds=60)
    for segment in hypothesis.segments:
        assert "".join(word.text for word in segment.words) == (segment.text if measured else "")
        assert all(0 <= word.start <= word.end and 0 <= word.probability <= 1 for word in segment.words)


async def test_words_and_log_probabilities_stay_away_when_not_asked_for(
    recognizer: Recognizer, beckett_samples: Samples
) -> None:
    hypothesis = await recognizer.recognize(beckett_samples, ENGLISH, deadline_seconds=60)
    assert all(not segment.words and not segment.token_logprobs for segment in hypothesis.segments)


async def test_measurements_are_measured(recognizer: Recognizer, beckett_samples: Samples) -> None:
    hypothesis = await recognizer.recognize(beckett_samples, ENGLISH, deadline_seconds=60)
    assert -1 < hypothesis.avg_logprob < 0
    if (await recognizer.capabilities(MODEL)).no_speech_prob:
        assert 0 <= hypothesis.no_speech_prob < 0.6
    else:
        assert math.isnan(hypothesis.no_speech_prob)
    assert 0.5 < hypothesis.compression_ratio < 2.4
    assert hypothesis.temperature == 0.0


async def test_a_language_that_is_not_given_is_detected(recognizer: Recognizer, beckett_samples: Samples) -> None:
    options = TranscriptionOptions(model=MODEL)
    hypothesis = await recognizer.recognize(beckett_samples, options, deadline_seconds=60)
    assert hypothesis.language == "en"
    assert 0.5 < hypothesis.language_probability <= 1.0


async def test_the_engine_says_what_it_can_do(recognizer: Recognizer) -> None:
    capabilities = await recognizer.capabilities(MODEL)
    said = {name for name in ("word_timestamps", "logprobs", "no_speech_prob") if getattr(capabilities, name)}
    assert said | ({"beam"} if capabilities.max_beam >= 5 else set()) == CAPABLE_OF[capabilities.engine]
    assert capabilities.translate


async def test_many_windows_at_once_each_get_their_own_answer(recognizer: Recognizer, beckett_samples: Samples) -> None:
    """Windows of different length, priority and wishes share the engine without disturbing one another."""
    lengths = [2.5, 5.0, 10.0]
    requests = [
        (beckett_samples[: int(length * SAMPLE_RATE)], TranscriptionOptions(model=MODEL, language="en", priority=level))
        for length in lengths
        for level in Priority
    ]
    hypotheses = await asyncio.gather(
        *(recognizer.recognize(samples, options, deadline_seconds=60) for samples, options in requests)
    )
    for (samples, _), hypothesis in zip(requests, hypotheses, strict=True):
        assert HEARD in "".join(segment.text for segment in hypothesis.segments)
        assert hypothesis.segments[-1].end <= seconds(len(samples)) + 0.01


async def test_a_window_that_is_too_long_is_refused(recognizer: Recognizer) -> None:
    with pytest.raises(InvalidRequest):
        await recognizer.recognize(np.zeros(31 * SAMPLE_RATE, np.float32), ENGLISH, deadline_seconds=60)


async def test_a_model_that_is_not_loaded_is_named(recognizer: Recognizer, beckett_samples: Samples) -> None:
    missing = TranscriptionOptions(model="whisper-imaginary")
    with pytest.raises(ModelNotFound, match="whisper-imaginary"):
        await recognizer.recognize(beckett_samples, missing, deadline_seconds=60)
    with pytest.raises(ModelNotFound, match="whisper-imaginary"):
        await recognizer.capabilities("whisper-imaginary")


async def test_readiness_is_told_per_model(recognizer: Recognizer) -> None:
    assert await recognizer.ready(MODEL)
    assert not await recognizer.ready("whisper-imaginary")


async def test_a_deadline_holds(recognizer: Recognizer, beckett_samples: Samples) -> None:
    if isinstance(recognizer, FakeRecognizer):
        recognizer.delay_seconds = 1.0
    with pytest.raises(DeadlineExceeded):
        await recognizer.recognize(beckett_samples, ASK_ALL, deadline_seconds=0.01)
    if isinstance(recognizer, FakeRecognizer):
        recognizer.delay_seconds = 0.0


async def test_a_caller_that_leaves_does_not_hold_up_the_next(recognizer: Recognizer, beckett_samples: Samples) -> None:
    abandoned = [
        asyncio.create_task(recognizer.recognize(beckett_samples, ASK_ALL, deadline_seconds=60)) for _ in range(12)
    ]
    await asyncio.sleep(0.05)
    for task in abandoned:
        task.cancel()
    await asyncio.gather(*abandoned, return_exceptions=True)
    hypothesis = await recognizer.recognize(beckett_samples, ENGLISH, deadline_seconds=60)
    assert hypothesis.segments
