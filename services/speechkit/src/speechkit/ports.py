"""Every port of Earshot on one page: what the pipeline and the services need, said without naming a technology.

Implementations are in `speechkit.adapters` (named by technology) and in the tests' fakes (`Fake…`); one contract
suite for each port, in `tests/contract`, holds all of them to the promises written here.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from speechkit.domain.audio import Block, Samples
from speechkit.domain.keys import ApiKey
from speechkit.domain.limits import KeyLimits, Verdict
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.domain.pcm import PcmFormat
from speechkit.domain.transcript import Word


class SeekableMedia(Protocol):
    """An upload, as a descriptor that a decoder can seek in: an MP4 may have its index at the end."""

    def fileno(self) -> int: ...


class MediaDecoder(Protocol):
    """Any container that holds sound, as blocks of 16 kHz mono samples.

    The content decides the format. Raises UnsupportedMedia for what can't be decoded, AudioTooLong past the limit.
    """

    def decode(self, media: SeekableMedia) -> AbstractAsyncContextManager[AsyncIterator[Block]]:
        """Blocks in order, without gaps, from offset 0; leaving the context stops the decoding at once.

        At most a few blocks are decoded ahead of the reader, whatever the file's length.
        """
        ...


class PcmDecoder(Protocol):
    """Raw samples, while they arrive, as blocks of 16 kHz mono samples."""

    def decode(self, parts: AsyncIterator[bytes], pcm: PcmFormat) -> AbstractAsyncContextManager[AsyncIterator[Block]]:
        """Blocks as those of a MediaDecoder, wherever the parts are cut, in the middle of a sample too.

        A part is taken only when the blocks before it have been. Raises AudioTooLong past the limit.
        """
        ...


class VoiceDetector(Protocol):
    """Tells speech from the rest, frame by frame."""

    frame_samples: int

    def session(self) -> "VoiceDetection":
        """The state of one stream; streams do not disturb one another."""
        ...


class VoiceDetection(Protocol):
    async def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """One probability of speech for each frame; `len(samples)` is a multiple of `frame_samples`."""
        ...


@dataclass(frozen=True, kw_only=True)
class TimedText:
    """One segment of a window, timed from the window's start."""

    start: float
    end: float
    text: str
    tokens: tuple[int, ...]
    """With the segment's timestamp tokens, as OpenAI gives them."""
    token_texts: tuple[bytes, ...] = ()
    """What each token spells; a timestamp spells nothing."""
    token_logprobs: tuple[float, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """What the model heard in one window; NaN where the engine can't say."""

    segments: tuple[TimedText, ...]
    language: str
    language_probability: float
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    temperature: float
    finish: str
    """stop, length or repetition."""


class Recognizer(Protocol):
    """A Whisper that turns one window of at most 30 s into text.

    Raises RecognizerUnavailable when there is none (after its own retries, within the deadline), Overloaded when
    its queue refuses the window, DeadlineExceeded past the deadline, InvalidRequest for what the model refuses,
    UnsupportedOption for what the engine can't do, ModelNotFound for a model that is not loaded.
    """

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        """`deadline_seconds` from now. Cancelling the call cancels the work in the engine."""
        ...

    async def capabilities(self, model: str) -> Capabilities: ...

    async def ready(self, model: str) -> bool:
        """Whether a window sent now would be recognized; never raises."""
        ...


class KeyStore(Protocol):
    """The API keys, kept for good. Every method raises StoreUnavailable when the store can't be reached."""

    async def add(self, key: ApiKey) -> None: ...

    async def find(self, key_hash: str) -> ApiKey | None:
        """The key with this hash, revoked or not."""
        ...

    async def all(self) -> tuple[ApiKey, ...]:
        """Every key that was ever made, the oldest first."""
        ...

    async def revoke(self, key_id: str, *, now: datetime) -> ApiKey | None:
        """The key, which is revoked from now on or was already; None where there is no such key."""
        ...

    async def ready(self) -> bool:
        """Whether keys could be looked up now; never raises."""
        ...


class LimitStore(Protocol):
    """What keys have used of their limits, shared by every gateway and not kept for good.

    The arithmetic is that of `speechkit.domain.limits`, atomically. Every method raises StoreUnavailable when the
    store can't be reached.
    """

    async def admit(self, key_id: str, limits: KeyLimits, *, lease: str, lease_seconds: float) -> Verdict:
        """One more request of the key, under a name of its own; what is refused is not counted."""
        ...

    async def renew(self, key_id: str, *, lease: str, lease_seconds: float) -> None:
        """The request goes on; without this it is given up for dead after `lease_seconds`."""
        ...

    async def finish(self, key_id: str, *, lease: str, audio_seconds: float) -> None:
        """The request is over, and this much audio was transcribed for it."""
        ...

    async def ready(self) -> bool:
        """Whether requests could be counted now; never raises."""
        ...
