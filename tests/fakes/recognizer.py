"""A recognizer without a model: it hears a known sentence in every window, as fast or as badly as a test wants."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from speechkit.domain.audio import Samples, seconds
from speechkit.domain.errors import DeadlineExceeded, EarshotError, InvalidRequest, ModelNotFound
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.domain.transcript import Word
from speechkit.ports import Hypothesis, TimedText

MODEL = "whisper-base"
MAX_WINDOW_SECONDS = 30.0

CAPABILITIES = Capabilities(
    engine="fake", word_timestamps=True, logprobs=True, no_speech_prob=True, translate=True, max_beam=16
)


def hello(call: int) -> str:
    return f" Hello {call}."


@dataclass
class Call:
    window_seconds: float
    options: TranscriptionOptions
    deadline_seconds: float


@dataclass(kw_only=True)
class FakeRecognizer:
    models: frozenset[str] = frozenset({MODEL})
    advertised: Capabilities = CAPABILITIES
    says: Callable[[int], str] = hello
    """The text of a window, given how many windows came before it."""
    delay_seconds: float = 0.0
    fails_with: EarshotError | None = None
    is_ready: bool = True
    no_speech_prob: float = 0.01
    avg_logprob: float = -0.25
    finish: str = "stop"
    calls: list[Call] = field(default_factory=list)
    in_flight: int = 0
    cancelled: int = 0

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        window_seconds = seconds(len(samples))
        text = self.says(len(self.calls))
        self.calls.append(Call(window_seconds, options, deadline_seconds))
        await self._work(deadline_seconds)
        if options.model not in self.models:
            raise ModelNotFound(f"The model '{options.model}' is not loaded.", param="model")
        if not 0.1 <= window_seconds <= MAX_WINDOW_SECONDS:
            raise InvalidRequest(f"A window must last 0.1 s to {MAX_WINDOW_SECONDS} s.")
        self.advertised.check(options)
        return self._hypothesis(text, window_seconds, options)

    async def capabilities(self, model: str) -> Capabilities:
        if model not in self.models:
            raise ModelNotFound(f"The model '{model}' is not loaded.", param="model")
        return self.advertised

    async def ready(self, model: str) -> bool:
        return self.is_ready and model in self.models

    async def _work(self, deadline_seconds: float) -> None:
        self.in_flight += 1
        try:
            async with asyncio.timeout(deadline_seconds):
                await asyncio.sleep(self.delay_seconds)
        except TimeoutError as error:
            raise DeadlineExceeded("The recognition did not finish in time.") from error
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1
        if self.fails_with is not None:
            raise self.fails_with

    def _hypothesis(self, text: str, window_seconds: float, options: TranscriptionOptions) -> Hypothesis:
        words = text.split()
        tokens = tuple(range(1000, 1000 + len(words)))
        timed = TimedText(
            start=0.0,
            end=window_seconds,
            text=text,
            tokens=tokens,
            token_texts=tuple(f" {word}".encode() for word in words),
            token_logprobs=(-0.25,) * len(tokens) if options.logprobs else (),
            words=_evenly(words, window_seconds) if options.word_timestamps else (),
        )
        return Hypothesis(
            segments=(timed,) if text.strip() else (),
            language=options.language or "en",
            language_probability=1.0 if options.language else 0.9,
            avg_logprob=self.avg_logprob,
            no_speech_prob=self.no_speech_prob if self.advertised.no_speech_prob else math.nan,
            compression_ratio=1.1,
            temperature=options.temperatures[0],
            finish=self.finish,
        )


def _evenly(words: list[str], window_seconds: float) -> tuple[Word, ...]:
    step = window_seconds / max(1, len(words))
    return tuple(
        Word(start=index * step, end=(index + 1) * step, text=f" {word}", probability=0.9)
        for index, word in enumerate(words)
    )
