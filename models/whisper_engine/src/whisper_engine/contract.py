"""What the engine is asked and what it answers for one window, in plain values.

How these travel is others' matter: Triton's tensors in `models/triton/whisper`, plain calls in the embedded recognizer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import nan

import numpy as np

from whisper_engine.mel import SAMPLE_RATE, Samples
from whisper_engine.options import DecodingOptions

MIN_SAMPLES = SAMPLE_RATE // 10
MAX_SAMPLES = 30 * SAMPLE_RATE
QUIETEST_SOUND = 1.0 / 32_768
"""Less than one step of 16-bit sound: below it there is nothing to hear."""
SILENCE = "silence"
MAX_TOKENS = 224
"""Half of the decoder's 448 positions: the other half is for the prompt."""
MAX_BEAM = 16
MAX_TEMPERATURES = 16
MAX_TEXT_CHARACTERS = 16_000
"""Of a prompt or of hotwords; far more than the 224 tokens that are kept, and a bound on the tokenizer's time."""


class Code(StrEnum):
    INVALID = "invalid"
    """The request can't be served as it is, whoever tries."""
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    """Not now; the same request may be served later, or by another replica."""
    INTERNAL = "internal"


class WindowError(Exception):
    """Why one window has no result; the message says what to do next."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def never_cancelled() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class WindowRequest:
    samples: Samples
    """16 kHz mono, 0.1 s to 30 s."""
    language: str = ""
    """ISO 639-1; empty means: detect."""
    task: str = "transcribe"
    prompt: str = ""
    hotwords: str = ""
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    beam_size: int = 1
    timestamps: bool = True
    word_timestamps: bool = False
    logprobs: bool = False
    max_tokens: int = MAX_TOKENS
    options: DecodingOptions = field(default_factory=DecodingOptions)
    owner: str = ""
    """Whose window it is: the windows of one file wait for one another, not those of others for all of them."""
    is_cancelled: Callable[[], bool] = never_cancelled

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def is_digital_silence(self) -> bool:
        return bool(np.abs(self.samples).max() < QUIETEST_SOUND)


@dataclass(frozen=True, kw_only=True)
class Segment:
    start: float
    end: float
    text: str
    tokens: tuple[int, ...]
    """With the timestamp tokens around them, so that the segments' tokens together are the window's."""
    token_texts: tuple[bytes, ...]
    """What each token writes, perhaps a part of a character; nothing for timestamps."""


@dataclass(frozen=True, kw_only=True)
class Word:
    start: float
    end: float
    text: str
    """With the space before it: a segment's words joined are its text."""
    probability: float


@dataclass(frozen=True, kw_only=True)
class WindowResult:
    """NaN where there is nothing to measure, never a guess."""

    segments: tuple[Segment, ...]
    language: str
    words: tuple[Word, ...] = ()
    token_logprobs: tuple[float, ...] = ()
    """One for each token when they were asked for."""
    language_probability: float = nan
    avg_logprob: float = nan
    no_speech_prob: float = nan
    compression_ratio: float = nan
    temperature: float = nan
    finish: str = "stop"
    """stop, length, repetition, or silence where its text was asked for."""
    fallbacks: int = 0
    """How many attempts were thrown away before this one."""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)

    @property
    def tokens(self) -> tuple[int, ...]:
        return tuple(token for segment in self.segments for token in segment.tokens)


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    n_mels: int
    vocabulary_size: int
    languages: tuple[str, ...]
    translate: bool
    engine: str = "ctranslate2"
    word_timestamps: bool = True
    no_speech_prob: bool = True
    logprobs: bool = True
    max_beam: int = MAX_BEAM


@dataclass(kw_only=True)
class Work:
    """Where the time of one call went."""

    encode_seconds: float = 0.0
    decode_seconds: float = 0.0
