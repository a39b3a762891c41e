"""The recognizer port over the engine in this very process, for machines that Triton does not run on.

One window at a time: no batching across requests and no priorities, which are what Triton is for.
"""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Self

from speechkit.adapters.segment_words import words_by_segment
from speechkit.domain.audio import Samples
from speechkit.domain.errors import Cancelled, DeadlineExceeded, EarshotError, Internal, InvalidRequest, ModelNotFound
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.domain.transcript import Word
from speechkit.ports import Hypothesis, TimedText
from whisper_engine import Code, WindowError, WindowRequest, WindowResult
from whisper_engine.engine import WhisperEngine
from whisper_engine.options import DecodingOptions


class EmbeddedRecognizer:
    def __init__(
        self,
        weights_dir: Path,
        *,
        models: Sequence[str],
        threads: int,
        device: str = "cpu",
        compute_type: str = "int8",
    ) -> None:
        """Weights of a model are in the folder of its name under `weights_dir`; all `models` are loaded at entry."""
        self._weights_dir = weights_dir
        self._models = tuple(models)
        self._threads = threads
        self._device = device
        self._compute_type = compute_type
        self._engines: dict[str, WhisperEngine] = {}

    async def __aenter__(self) -> Self:
        # One thread is the lock around the engine, and the queue in front of it.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="whisper")
        await asyncio.get_running_loop().run_in_executor(self._thread, self._load)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        engine = self._engine(options.model)
        left = threading.Event()
        request = WindowRequest(
            samples=samples,
            language=options.language,
            task=options.task.value,
            prompt=options.prompt,
            hotwords=options.hotwords,
            temperatures=options.temperatures,
            beam_size=options.beam_size,
            word_timestamps=options.word_timestamps,
            logprobs=options.logprobs,
            options=DecodingOptions(tell_silence=options.discarded),
            is_cancelled=left.is_set,
        )
        work = asyncio.get_running_loop().run_in_executor(self._thread, engine.recognize, [request])
        try:
            async with asyncio.timeout(deadline_seconds):
                (result,) = await work
        except TimeoutError as error:
            raise DeadlineExceeded("The recognition did not finish in time; send shorter audio.") from error
        finally:
            # Also when this call was cancelled: the engine looks at it between its steps.
            left.set()
        if isinstance(result, WindowError):
            raise _translated(result)
        return _hypothesis(result)

    async def capabilities(self, model: str) -> Capabilities:
        known = self._engine(model).capabilities
        return Capabilities(
            engine=known.engine,
            languages=frozenset(known.languages),
            translate=known.translate,
            word_timestamps=known.word_timestamps,
            logprobs=known.logprobs,
            no_speech_prob=known.no_speech_prob,
            max_beam=known.max_beam,
        )

    async def ready(self, model: str) -> bool:
        return model in self._engines

    def _load(self) -> None:
        for model in self._models:
            self._engines[model] = WhisperEngine.load(
                self._weights_dir / model, device=self._device, compute_type=self._compute_type, threads=self._threads
            )

    def _engine(self, model: str) -> WhisperEngine:
        if model not in self._engines:
            raise ModelNotFound(f"The model '{model}' is not loaded at the recognizer.", param="model")
        return self._engines[model]


def _hypothesis(result: WindowResult) -> Hypothesis:
    words = [
        Word(start=word.start, end=word.end, text=word.text, probability=word.probability) for word in result.words
    ]
    logprobs = iter(result.token_logprobs)
    return Hypothesis(
        segments=tuple(
            TimedText(
                start=segment.start,
                end=segment.end,
                text=segment.text,
                tokens=segment.tokens,
                token_texts=segment.token_texts,
                token_logprobs=tuple(islice(logprobs, len(segment.tokens))),
                words=own_words,
            )
            for segment, own_words in zip(
                result.segments, words_by_segment([segment.text for segment in result.segments], words), strict=True
            )
        ),
        language=result.language,
        language_probability=result.language_probability,
        avg_logprob=result.avg_logprob,
        no_speech_prob=result.no_speech_prob,
        compression_ratio=result.compression_ratio,
        temperature=result.temperature,
        finish=result.finish,
    )


def _translated(error: WindowError) -> EarshotError:
    match error.code:
        case Code.INVALID:
            return InvalidRequest(f"The model refused the request: {error.message}")
        case Code.CANCELLED:
            return Cancelled("The recognition was cancelled.")
        case _:
            return Internal("The speech recognizer failed on this audio.")
