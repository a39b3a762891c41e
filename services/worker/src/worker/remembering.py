"""A recognizer that remembers: what was heard in a window of this job, by whichever worker, is not heard again.

So a job that starts over loses at most the windows that were in flight, and ends in the transcript of an undisturbed
run: decoding and cutting give the same windows again, for a hundredth of the time. Where memories lie is the caller's
matter.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from speechkit.domain.audio import Samples, seconds
from speechkit.domain.jobs import Progress
from speechkit.domain.options import Capabilities, Priority, TranscriptionOptions
from speechkit.domain.transcript import Word
from speechkit.ports import Hypothesis, Recognizer, TimedText

Remember = Callable[[str, bytes], Awaitable[None]]
"""Keeps what was heard in the window of this key."""


class RememberingRecognizer:
    """For one run of one job, whose progress it counts."""

    def __init__(self, inner: Recognizer, *, heard: Mapping[str, bytes], remember: Remember) -> None:
        self._inner = inner
        self._heard = heard
        self._remember = remember
        self._last: tuple[str, Hypothesis] | None = None
        self.progress = Progress()
        self.has_remembered = bool(heard)

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        await self.remember_last()
        self.progress = replace(self.progress, windows_known=self.progress.windows_known + 1)
        key = window_key(samples, options)
        if (hypothesis := self._remembered(key)) is None:
            hypothesis = await self._inner.recognize(samples, options, deadline_seconds=deadline_seconds)
            self._last = key, hypothesis
            if self.progress.windows_known > self.progress.windows_done + 1:
                await self.remember_last()
        self.progress = replace(
            self.progress,
            windows_done=self.progress.windows_done + 1,
            seconds_done=self.progress.seconds_done + seconds(len(samples)),
        )
        return hypothesis

    async def remember_last(self) -> None:
        """Once there is more to do, another window or what comes after all: most jobs end with the last one."""
        if self._last:
            (key, hypothesis), self._last = self._last, None
            self.has_remembered = True
            await self._remember(key, write_hypothesis(hypothesis))

    def _remembered(self, key: str) -> Hypothesis | None:
        """None, too, for what a worker of another version wrote in a way that this one can't read."""
        with suppress(KeyError, TypeError, ValueError):
            return read_hypothesis(self._heard[key])
        return None

    async def capabilities(self, model: str) -> Capabilities:
        return await self._inner.capabilities(model)

    async def ready(self, model: str) -> bool:
        return await self._inner.ready(model)


def window_key(samples: Samples, options: TranscriptionOptions) -> str:
    """The same for the same sound and question, and for nothing else; a priority changes no answer."""
    question = json.dumps(asdict(replace(options, priority=Priority.JOB)), sort_keys=True)
    return hashlib.sha256(question.encode() + b"\0" + samples.tobytes()).hexdigest()


def write_hypothesis(hypothesis: Hypothesis) -> bytes:
    return json.dumps(asdict(hypothesis), default=_text_of_bytes, separators=(",", ":")).encode()


def read_hypothesis(written: bytes) -> Hypothesis:
    """JSON's numbers are Python's to the last bit, NaN included."""
    fields = json.loads(written)
    return Hypothesis(**fields | {"segments": tuple(_timed_text(segment) for segment in fields["segments"])})


def _text_of_bytes(value: Any) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} can't be remembered")


def _timed_text(fields: dict[str, Any]) -> TimedText:
    return TimedText(
        **fields
        | {
            "tokens": tuple(fields["tokens"]),
            "token_texts": tuple(b64decode(text) for text in fields["token_texts"]),
            "token_logprobs": tuple(fields["token_logprobs"]),
            "words": tuple(Word(**word) for word in fields["words"]),
        }
    )
