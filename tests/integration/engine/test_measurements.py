"""What the engine measures about a text is true: log probabilities against CTranslate2's logits, word times against
sound that was put where it is."""

from itertools import pairwise
from typing import Any

import ctranslate2
import numpy as np
import pytest

from whisper_engine import DecodingOptions, WindowRequest, WindowResult
from whisper_engine.engine import WhisperEngine
from whisper_engine.mel import SAMPLE_RATE, Samples, log_mel
from whisper_engine.window import Window

FRAMES = 1_500


def recognize(engine: WhisperEngine, request: WindowRequest) -> WindowResult:
    [outcome] = engine.recognize([request])
    assert isinstance(outcome, WindowResult), outcome
    return outcome


def logprob_of_the_end(result: WindowResult) -> float:
    """What the mean over the tokens and the end leaves for the end alone."""
    return result.avg_logprob * (len(result.tokens) + 1) - sum(result.token_logprobs)


@pytest.mark.parametrize("timestamps", [True, False])
def test_token_logprobs_are_the_searchs_own(*, engine: WhisperEngine, reading: Samples, timestamps: bool) -> None:
    """Dictating a text gives the log-softmax that a greedy search itself had at each of its steps."""
    greedy = DecodingOptions(second_look_logprob=None)
    asked = WindowRequest(samples=reading, language="en", timestamps=timestamps, logprobs=True, options=greedy)
    result = recognize(engine, asked)
    model, tokenizer = engine._model, engine._tokenizer
    prompt = [tokenizer.start_of_transcript, tokenizer.language("en"), tokenizer.transcribe]
    window = Window(index=0, request=WindowRequest(samples=reading))
    features = log_mel(reading, n_mels=80, frames=window.context_frames)[None]
    [searched] = model.generate(
        ctranslate2.StorageView.from_array(features),
        [prompt if timestamps else [*prompt, tokenizer.no_timestamps]],
        beam_size=1,
        return_logits_vocab=True,
    )
    steps = [np.asarray(step, np.float64).reshape(-1) for step in searched.logits[0]]
    expected = [row[token] - np.logaddexp.reduce(row) for row, token in zip(steps, result.tokens, strict=False)]
    assert tuple(searched.sequences_ids[0]) == result.tokens
    assert result.token_logprobs == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    "request_fields",
    [
        {"beam_size": 1},
        {"beam_size": 5},
        {"beam_size": 5, "options": DecodingOptions(length_penalty=0.3)},
        {"beam_size": 1, "timestamps": False},
        {"temperatures": (0.4,)},
        {"temperatures": (1.0,), "options": DecodingOptions(best_of=2, length_penalty=0.5)},
    ],
    ids=["greedy", "beam", "short beam", "no timestamps", "warm", "hot"],
)
def test_the_mean_logprob_is_that_of_the_tokens_and_the_end(
    engine: WhisperEngine, reading: Samples, request_fields: dict[str, Any]
) -> None:
    """Neither the temperature nor the length penalty is in it: what the tokens leave for the end is plausible."""
    result = recognize(engine, WindowRequest(samples=reading, language="en", logprobs=True, **request_fields))
    assert len(result.token_logprobs) == len(result.tokens)
    assert -3 < logprob_of_the_end(result) <= 0.05


def test_word_times_follow_the_sound(engine: WhisperEngine, reading: Samples) -> None:
    """The same speech after six seconds of silence is heard six seconds later, word by word."""
    silence = np.zeros(6 * SAMPLE_RATE, np.float32)
    at_once = recognize(engine, WindowRequest(samples=reading, language="en", word_timestamps=True))
    later = recognize(
        engine, WindowRequest(samples=np.concatenate([silence, reading]), language="en", word_timestamps=True)
    )
    # How a sentence ends, and a first sound as faint as here, hang on the smallest difference in arithmetic.
    spelled = [[word.text.strip(" .,").lower() for word in result.words][1:] for result in (at_once, later)]
    assert spelled[0] == spelled[1]
    shifts = [after.start - before.start for before, after in zip(at_once.words, later.words, strict=True)][1:]
    assert shifts == pytest.approx([6.0] * len(shifts), abs=0.5)


def test_words_are_the_segments_text_in_order(engine: WhisperEngine, reading: Samples) -> None:
    result = recognize(engine, WindowRequest(samples=reading, language="en", word_timestamps=True))
    assert "".join(word.text for word in result.words) == result.text
    assert all(0 <= word.start <= word.end <= len(reading) / SAMPLE_RATE for word in result.words)
    assert all(before.end <= after.start + 1e-6 for before, after in pairwise(result.words))
    assert all(0 < word.probability <= 1 for word in result.words)


def test_words_lie_where_there_is_sound(engine: WhisperEngine, reading: Samples) -> None:
    """No word lies wholly in one of the reading's pauses."""
    result = recognize(engine, WindowRequest(samples=reading, language="en", word_timestamps=True))
    for word in result.words:
        heard = reading[int(word.start * SAMPLE_RATE) : int(word.end * SAMPLE_RATE)]
        assert np.abs(heard).max() > 0.1 * np.abs(reading).max(), word
