"""The tensors of the Triton model contract `whisper`, version 1, and their translation from and to the port's types.

A test holds names and types to models/triton/whisper/config.pbtxt; how a request travels is `recognizer`'s matter.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechkit.adapters.segment_words import words_by_segment
from speechkit.domain.audio import Samples
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.domain.transcript import Word
from speechkit.ports import Hypothesis, TimedText

MAX_NEW_TOKENS = 224
"""Half of Whisper's context; the prompt has the other half."""

TELL_SILENCE = '{"tell_silence":true}'
"""Asks for what the engine would keep to itself because it does not believe it."""

INPUTS = {
    "AUDIO": "FP32",
    "LANGUAGE": "BYTES",
    "TASK": "BYTES",
    "PROMPT": "BYTES",
    "HOTWORDS": "BYTES",
    "TEMPERATURES": "FP32",
    "BEAM_SIZE": "INT32",
    "TIMESTAMPS": "BOOL",
    "WORD_TIMESTAMPS": "BOOL",
    "LOGPROBS": "BOOL",
    "MAX_TOKENS": "INT32",
    "OPTIONS": "BYTES",
}

OUTPUTS = {
    "TOKENS": "INT32",
    "TOKEN_LOGPROBS": "FP32",
    "TOKEN_TEXTS": "BYTES",
    "TEXT": "BYTES",
    "SEGMENTS": "FP32",
    "SEGMENT_TOKENS": "INT32",
    "WORDS": "BYTES",
    "WORD_TIMES": "FP32",
    "WORD_PROBS": "FP32",
    "AVG_LOGPROB": "FP32",
    "NO_SPEECH_PROB": "FP32",
    "COMPRESSION_RATIO": "FP32",
    "TEMPERATURE": "FP32",
    "LANGUAGE_PROB": "FP32",
    "LANGUAGE": "BYTES",
    "FINISH": "BYTES",
}


def encode_request(samples: Samples, options: TranscriptionOptions) -> dict[str, NDArray[Any]]:
    """Every input is always there: Triton batches only requests with the same set of inputs."""
    return {
        "AUDIO": np.ascontiguousarray(samples, np.float32)[None],
        "LANGUAGE": _text(options.language),
        "TASK": _text(options.task.value),
        "PROMPT": _text(options.prompt),
        "HOTWORDS": _text(options.hotwords),
        "TEMPERATURES": np.array([options.temperatures], np.float32),
        "BEAM_SIZE": np.array([[options.beam_size]], np.int32),
        "TIMESTAMPS": np.array([[True]]),
        "WORD_TIMESTAMPS": np.array([[options.word_timestamps]]),
        "LOGPROBS": np.array([[options.logprobs]]),
        "MAX_TOKENS": np.array([[MAX_NEW_TOKENS]], np.int32),
        "OPTIONS": _text(TELL_SILENCE if options.discarded else ""),
    }


def decode_response(outputs: Mapping[str, NDArray[Any]]) -> Hypothesis:
    def number(name: str) -> float:
        return float(outputs[name].reshape(-1)[0])

    def text(name: str) -> str:
        return bytes(outputs[name].reshape(-1)[0]).decode()

    return Hypothesis(
        segments=_segments(outputs),
        language=text("LANGUAGE"),
        language_probability=number("LANGUAGE_PROB"),
        avg_logprob=number("AVG_LOGPROB"),
        no_speech_prob=number("NO_SPEECH_PROB"),
        compression_ratio=number("COMPRESSION_RATIO"),
        temperature=round(number("TEMPERATURE"), 6),
        finish=text("FINISH"),
    )


def decode_capabilities(parameters: Mapping[str, str]) -> Capabilities:
    """What the model's `parameters` advertise; an ability that is not advertised is absent."""
    return Capabilities(
        engine=parameters.get("engine", "unknown"),
        languages=frozenset(filter(None, parameters.get("languages", "").split(","))),
        translate=parameters.get("translate", "true") == "true",
        word_timestamps=parameters.get("word_timestamps") == "true",
        logprobs=parameters.get("logprobs") == "true",
        no_speech_prob=parameters.get("no_speech_prob") == "true",
        max_beam=int(parameters.get("max_beam", "1")),
    )


def _segments(outputs: Mapping[str, NDArray[Any]]) -> tuple[TimedText, ...]:
    tokens = outputs["TOKENS"].reshape(-1).tolist()
    token_texts = [bytes(text) for text in outputs["TOKEN_TEXTS"].reshape(-1)]
    logprobs = outputs["TOKEN_LOGPROBS"].reshape(-1).tolist()
    times = outputs["SEGMENTS"].reshape(-1, 2).tolist()
    owned, first = [], 0
    for count in outputs["SEGMENT_TOKENS"].reshape(-1).tolist():
        owned.append(slice(first, first + count))
        first += count
    texts = [b"".join(token_texts[own]).decode(errors="replace") for own in owned]
    return tuple(
        TimedText(
            start=start,
            end=end,
            text=text,
            tokens=tuple(tokens[own]),
            token_texts=tuple(token_texts[own]),
            token_logprobs=tuple(logprobs[own]),
            words=words,
        )
        for (start, end), own, text, words in zip(
            times, owned, texts, words_by_segment(texts, _words(outputs)), strict=True
        )
    )


def _words(outputs: Mapping[str, NDArray[Any]]) -> list[Word]:
    texts = [bytes(text).decode() for text in outputs["WORDS"].reshape(-1)]
    times = outputs["WORD_TIMES"].reshape(-1, 2).tolist()
    probabilities = outputs["WORD_PROBS"].reshape(-1).tolist()
    return [
        Word(start=start, end=end, text=text, probability=probability)
        for text, (start, end), probability in zip(texts, times, probabilities, strict=True)
        if not math.isnan(start)
    ]


def _text(value: str) -> NDArray[np.object_]:
    return np.array([[value.encode()]], dtype=object)
