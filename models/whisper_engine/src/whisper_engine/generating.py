"""Recognition by a decoder that is only asked for whole texts: TensorRT-LLM, behind `Generator`.

Such a decoder batches by itself, so each window goes its own way here. It returns no attention and no logits: there are
no word times and no probability of no speech, and of a sampled text no log probability, because the decoder's own is
that of the tempered distribution. What is not measured is NaN or empty.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, nan
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whisper_engine import ladder
from whisper_engine.admission import check
from whisper_engine.attempts import POSITIONS, Attempt, compression_ratio
from whisper_engine.contexts import FULL_CONTEXT_FRAMES, token_budget
from whisper_engine.contract import Capabilities, Code, WindowError, WindowRequest, WindowResult, Work
from whisper_engine.mel import HOP_SAMPLES, log_mel
from whisper_engine.prompts import prompt_tokens, start_sequence
from whisper_engine.segments import in_segments, segments_of, without_backward_times
from whisper_engine.suppression import Bias, Suppression
from whisper_engine.tokenizer import Tokenizer

MAX_PROMPT_TOKENS = 228
"""What the engine is built for: 1 + 224 tokens of what was said before, and 3 that start the transcript."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the decoder is asked to write."""

    features: NDArray[np.float16]
    """[frames, mels] of 30 s."""
    prompt: tuple[int, ...]
    max_tokens: int
    bias: Bias
    temperature: float = 0.0
    """0 takes the most probable token at each step."""
    seed: int = 0
    repetition_penalty: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What it wrote, without the token that ends a text."""

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    """One for each token."""
    total_logprob: float
    """Of the tokens and of the end, if there was one."""


class Generator(Protocol):
    async def generate(self, order: Order) -> Delivery:
        """Raises WindowError."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Text:
    """An attempt and what only this engine must remember of it."""

    attempt: Attempt
    logprobs: tuple[float, ...]
    in_order: bool
    """Whether its times run forward: nothing forbids the decoder to write them otherwise."""


class GeneratingEngine:
    """One Whisper model at a `Generator`. Calls may overlap; each is for one window."""

    def __init__(
        self, generator: Generator, tokenizer: Tokenizer, capabilities: Capabilities, suppressed: Sequence[int]
    ) -> None:
        """`suppressed` are the tokens that the option's -1 stands for."""
        self._generator = generator
        self._tokenizer = tokenizer
        self._suppression = Suppression(tokenizer, suppressed)
        self.capabilities = capabilities

    async def recognize(self, request: WindowRequest, *, work: Work | None = None) -> WindowResult | WindowError:
        """`work` counts the features' time alone: the decoder does not tell how long it encoded."""
        try:
            return await self._recognized(request, work or Work())
        except WindowError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the windows beside it have a right to their answer
            return WindowError(Code.INTERNAL, f"the engine failed: {type(error).__name__}: {error}")

    async def _recognized(self, request: WindowRequest, work: Work) -> WindowResult:
        check(request, self.capabilities)
        if request.options.no_repeat_ngram_size:
            raise WindowError(Code.INVALID, "this engine has no no_repeat_ngram_size: leave it out")
        if request.is_digital_silence:
            # Whisper itself writes "you" there, and is quite sure of it.
            return WindowResult(segments=(), language=request.language)
        _stop_if_cancelled(request)
        started = time.perf_counter()
        mel = log_mel(request.samples, n_mels=self.capabilities.n_mels, frames=FULL_CONTEXT_FRAMES)
        features = np.ascontiguousarray(mel.T, np.float16)
        work.encode_seconds += time.perf_counter() - started
        language, probability = await self._language(request, features)
        texts = await self._climb(request, features, self._prompt(request, language))
        return self._result(
            request,
            self._best(texts, request),
            language=language,
            language_probability=probability,
            fallbacks=len(texts) - 1,
        )

    async def _language(self, request: WindowRequest, features: NDArray[np.float16]) -> tuple[str, float]:
        """The one token after <|startoftranscript|> when none but languages may be written."""
        if request.language or not self._tokenizer.multilingual:
            return request.language or "en", nan
        order = Order(
            features=features,
            prompt=(self._tokenizer.start_of_transcript,),
            max_tokens=1,
            bias=self._suppression.all_but_languages,
        )
        delivery = await self._generator.generate(order)
        if not delivery.tokens:
            raise WindowError(Code.INTERNAL, "the engine named no language: send the window again, with its language")
        return self._tokenizer.language_code(delivery.tokens[0]), exp(delivery.total_logprob)

    def _prompt(self, request: WindowRequest, language: str) -> tuple[int, ...]:
        start = start_sequence(self._tokenizer, language=language, task=request.task)
        tokens = prompt_tokens(request, self._tokenizer, start=start)
        if len(tokens) > MAX_PROMPT_TOKENS:  # a whole prompt, and <|notimestamps|>: the prompt's oldest token goes
            tokens = [tokens[0], *tokens[len(tokens) - MAX_PROMPT_TOKENS + 1 :]]
        return tuple(tokens)

    async def _climb(
        self, request: WindowRequest, features: NDArray[np.float16], prompt: tuple[int, ...]
    ) -> list[_Text]:
        """The attempts, up to one that is good."""
        texts: list[_Text] = []
        for temperature in request.temperatures:
            _stop_if_cancelled(request)
            texts.append(await self._attempt(request, features, prompt, temperature))
            if self._is_good(texts[-1], request):
                break
        return texts

    def _is_good(self, text: _Text, request: WindowRequest) -> bool:
        return text.in_order and ladder.is_good(text.attempt, request.options)

    def _best(self, texts: Sequence[_Text], request: WindowRequest) -> _Text:
        if self._is_good(texts[-1], request):
            return texts[-1]
        best = ladder.best([text.attempt for text in texts], request.options)
        return next(text for text in texts if text.attempt is best)

    async def _attempt(
        self, request: WindowRequest, features: NDArray[np.float16], prompt: tuple[int, ...], temperature: float
    ) -> _Text:
        """The most probable of several samples, or the one greedy text."""
        max_tokens = min(
            request.max_tokens,
            token_budget(-(-len(request.samples) // HOP_SAMPLES), FULL_CONTEXT_FRAMES),
            POSITIONS - len(prompt),
        )
        bias = self._suppression.of(request)
        orders = [
            Order(
                features=features,
                prompt=prompt,
                max_tokens=max_tokens,
                bias=bias,
                temperature=temperature,
                seed=seed,
                repetition_penalty=request.options.repetition_penalty,
            )
            for seed in range(request.options.best_of if temperature > 0 else 1)
        ]
        deliveries = await asyncio.gather(*map(self._generator.generate, orders))
        exponent = request.options.length_penalty
        delivery = max(deliveries, key=lambda each: each.total_logprob / max(1, len(each.tokens)) ** exponent)
        return self._text(delivery, temperature=temperature, max_tokens=max_tokens)

    def _text(self, delivery: Delivery, *, temperature: float, max_tokens: int) -> _Text:
        kept = without_backward_times(delivery.tokens, self._tokenizer)
        tokens = tuple(delivery.tokens[index] for index in kept)
        text = self._tokenizer.decode(tokens)
        cut_off = len(delivery.tokens) >= max_tokens
        measured = temperature == 0 and bool(delivery.tokens)
        length = len(delivery.tokens) + (0 if cut_off else 1)
        return _Text(
            attempt=Attempt(
                tokens=tokens,
                text=text,
                temperature=temperature,
                avg_logprob=delivery.total_logprob / length if measured else nan,
                no_speech_prob=nan,
                compression_ratio=compression_ratio(text),
                cut_off=cut_off,
            ),
            logprobs=tuple(delivery.logprobs[index] for index in kept) if measured else (),
            in_order=len(kept) == len(delivery.tokens),
        )

    def _result(
        self,
        request: WindowRequest,
        text: _Text,
        *,
        language: str,
        language_probability: float,
        fallbacks: int,
    ) -> WindowResult:
        attempt = text.attempt
        segments = segments_of(attempt.tokens, self._tokenizer, window_seconds=request.seconds)
        return WindowResult(
            segments=segments,
            token_logprobs=in_segments(text.logprobs, attempt.tokens, segments) if request.logprobs else (),
            language=language,
            language_probability=language_probability,
            avg_logprob=attempt.avg_logprob,
            compression_ratio=attempt.compression_ratio,
            temperature=attempt.temperature,
            finish=ladder.finish_reason(attempt, looped=ladder.is_looped(attempt, request.options)),
            fallbacks=fallbacks,
        )


def _stop_if_cancelled(request: WindowRequest) -> None:
    if request.is_cancelled():
        raise WindowError(Code.CANCELLED, "the request was cancelled")
