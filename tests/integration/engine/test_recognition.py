"""What the engine hears in real speech, in silence and in noise, and what it says about it."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import isnan
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from speechkit.runtime.cores import allowed_cores
from whisper_engine import Code, DecodingOptions, WindowError, WindowRequest, WindowResult
from whisper_engine.engine import WhisperEngine
from whisper_engine.mel import SAMPLE_RATE, Samples

SPOKEN = "ever tried ever failed no matter try again fail again fail better"
NEVER_RETRY = DecodingOptions(compression_ratio_threshold=None, logprob_threshold=None)


def words_of(text: str) -> str:
    return " ".join("".join(character for character in text.lower() if character.isalpha() or character == " ").split())


def recognize(engine: WhisperEngine, request: WindowRequest) -> WindowResult:
    [outcome] = engine.recognize([request])
    assert isinstance(outcome, WindowResult), outcome
    return outcome


@pytest.mark.parametrize("beam_size", [1, 5])
def test_speech_is_heard_word_for_word(engine: WhisperEngine, reading: Samples, beam_size: int) -> None:
    result = recognize(engine, WindowRequest(samples=reading, beam_size=beam_size))
    assert words_of(result.text) == SPOKEN
    assert (result.language, result.finish, result.temperature, result.fallbacks) == ("en", "stop", 0.0, 0)
    assert result.language_probability > 0.9
    assert -1 < result.avg_logprob < 0
    assert result.no_speech_prob < 0.5
    assert 0.5 < result.compression_ratio < 2.4


def test_segments_lie_within_the_window_in_order(engine: WhisperEngine, long_reading: Samples) -> None:
    result = recognize(engine, WindowRequest(samples=long_reading, language="en"))
    assert len(result.segments) > 1
    assert all(0 <= segment.start < segment.end <= 28.0 for segment in result.segments)
    assert all(before.end <= after.start for before, after in pairwise(result.segments))
    assert isnan(result.language_probability)  # it was given, so nothing was measured


def test_without_timestamps_the_window_is_one_segment(engine: WhisperEngine, reading: Samples) -> None:
    result = recognize(engine, WindowRequest(samples=reading, timestamps=False))
    [segment] = result.segments
    assert (segment.start, segment.end) == (0.0, len(reading) / SAMPLE_RATE)
    assert words_of(segment.text).endswith("fail better")


def test_an_english_only_model_hears_english(english_engine: WhisperEngine, reading: Samples) -> None:
    assert english_engine.capabilities.languages == ("en",)
    assert not english_engine.capabilities.translate
    for timestamps in (True, False):
        request = WindowRequest(samples=reading, timestamps=timestamps, word_timestamps=True, prompt="A play.")
        result = recognize(english_engine, request)
        assert words_of(result.text) == SPOKEN
        assert result.language == "en"
        assert result.no_speech_prob < 0.5
        assert result.words


@pytest.mark.parametrize("seconds", [0.1, 1.0, 5.0, 30.0])
def test_silence_is_not_turned_into_words(engine: WhisperEngine, seconds: float) -> None:
    silence = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    result = recognize(engine, WindowRequest(samples=silence, word_timestamps=True, logprobs=True))
    assert (result.text, result.segments, result.words, result.tokens, result.token_logprobs) == ("", (), (), (), ())


@pytest.mark.parametrize("level", [0.001, 0.05])
def test_noise_is_not_turned_into_words(engine: WhisperEngine, level: float) -> None:
    noise = (np.random.default_rng(3).standard_normal(6 * SAMPLE_RATE) * level).astype(np.float32)
    assert recognize(engine, WindowRequest(samples=noise, language="en")).text == ""


def test_a_text_stops_at_max_tokens(engine: WhisperEngine, reading: Samples) -> None:
    for prompt in ("", "word " * 400):
        result = recognize(engine, WindowRequest(samples=reading, max_tokens=5, prompt=prompt, temperatures=(0.0,)))
        assert len(result.tokens) == 5
        assert result.finish == "length"


def test_a_loop_is_called_a_repetition(engine: WhisperEngine, reading: Samples) -> None:
    """A decoder that may not end goes on in circles until its tokens run out, at every temperature."""
    end_of_text = 50_257
    options = DecodingOptions(suppress_tokens=(end_of_text,), best_of=1)
    request = WindowRequest(samples=reading, timestamps=False, temperatures=(0.0, 0.1), options=options)
    result = recognize(engine, request)
    assert result.finish == "repetition"
    assert result.compression_ratio > 2.4


def test_a_bad_guess_is_tried_again_hotter(engine: WhisperEngine, reading: Samples) -> None:
    options = DecodingOptions(logprob_threshold=-0.0001, no_speech_threshold=None)
    result = recognize(engine, WindowRequest(samples=reading, temperatures=(0.0, 0.2), options=options))
    assert result.fallbacks >= 1
    assert words_of(result.text) == SPOKEN


def test_a_prompt_gives_the_spelling(engine: WhisperEngine, reading: Samples) -> None:
    """Whisper follows the style of what was said before: here in capitals."""
    plain = recognize(engine, WindowRequest(samples=reading, language="en"))
    shouted = recognize(
        engine, WindowRequest(samples=reading, language="en", prompt="EVER TRIED. EVER FAILED. NO MATTER. TRY AGAIN.")
    )
    assert plain.text != plain.text.upper()
    assert shouted.text == shouted.text.upper()


def test_windows_that_share_a_call_are_heard_as_if_alone(
    engine: WhisperEngine, reading: Samples, long_reading: Samples
) -> None:
    """Other lengths, prompts, beams, tasks and a failing one among them: nobody's text changes."""
    requests = [
        WindowRequest(samples=reading),
        WindowRequest(samples=reading[: 4 * SAMPLE_RATE], language="en", prompt="A play."),
        WindowRequest(samples=np.full(SAMPLE_RATE, np.nan, np.float32)),
        WindowRequest(samples=long_reading, beam_size=2, temperatures=(0.0,)),
        WindowRequest(samples=reading, timestamps=False, word_timestamps=True),
        WindowRequest(samples=reading[: 4 * SAMPLE_RATE], language="en", prompt="A play.", logprobs=True),
    ]
    for request, shared in zip(requests, engine.recognize(requests), strict=True):
        [alone] = engine.recognize([request])
        if isinstance(shared, WindowError):
            assert isinstance(alone, WindowError)
            assert shared.code is alone.code is Code.INVALID
        else:
            assert isinstance(alone, WindowResult)
            assert (shared.tokens, shared.language) == (alone.tokens, alone.language)
            assert shared.avg_logprob == pytest.approx(alone.avg_logprob, abs=0.02)


def test_a_cancelled_window_stops_and_the_others_go_on(engine: WhisperEngine, reading: Samples) -> None:
    polls = 0

    def cancelled_after_a_while() -> bool:
        nonlocal polls
        polls += 1
        return polls > 2

    gone, stayed = engine.recognize(
        [WindowRequest(samples=reading, is_cancelled=cancelled_after_a_while), WindowRequest(samples=reading)]
    )
    assert isinstance(gone, WindowError)
    assert gone.code is Code.CANCELLED
    assert isinstance(stayed, WindowResult)
    assert words_of(stayed.text) == SPOKEN


def test_the_first_window_after_the_warm_up_takes_no_longer_than_the_tenth(weights_dir: Path, reading: Samples) -> None:
    fresh = WhisperEngine.load(weights_dir / "whisper-base", threads=allowed_cores())
    fresh.warm_up()
    seconds = []
    for _ in range(10):
        started = time.process_time()
        recognize(fresh, WindowRequest(samples=reading, language="en"))
        seconds.append(time.process_time() - started)
    assert seconds[0] < 1.5 * median(seconds)


def test_windows_from_several_threads_are_heard_as_if_alone(engine: WhisperEngine, reading: Samples) -> None:
    with ThreadPoolExecutor(4) as callers:
        texts = set(
            callers.map(lambda _: recognize(engine, WindowRequest(samples=reading, language="en")).text, range(8))
        )
    assert [words_of(text) for text in texts] == [SPOKEN]
