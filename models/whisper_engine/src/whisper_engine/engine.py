"""Recognition of many windows at once: encode each, decode together those that can be, climb the ladder, time words.

What a window asks and answers stands in `contract`; how the windows came to share a call is the caller's matter.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import count
from pathlib import Path

import ctranslate2
import numpy as np

from whisper_engine.admission import check
from whisper_engine.contract import Capabilities, Code, WindowError, WindowRequest, WindowResult, Work
from whisper_engine.crew import Crew
from whisper_engine.decoding import decode
from whisper_engine.mel import SAMPLE_RATE, log_mel
from whisper_engine.options import DecodingOptions
from whisper_engine.prompts import prompt_tokens, start_sequence
from whisper_engine.results import finish
from whisper_engine.tokenizer import Tokenizer
from whisper_engine.window import Outcome, Window, grouped, stacked

CPU_ROWS = 4
"""Windows that one worker decodes together: with more it gains little, and a short window waits longer for a worker."""
GPU_ROWS = 32
ROOM_FOR_EACH_ROW = 2
"""While rows are decoded, others come: one long file's windows must leave room for those of a short clip."""
WARM_UP_SAMPLES = 3 * SAMPLE_RATE

Observer = Callable[[Work], None]
"""Told of each step where its time went."""


class WhisperEngine:
    """One Whisper model in memory, and the workers that share its windows out among them."""

    def __init__(
        self,
        model: ctranslate2.models.Whisper,
        tokenizer: Tokenizer,
        *,
        workers: int = 1,
        observe: Observer | None = None,
    ) -> None:
        """`workers` decode side by side; `observe` is told what each step took."""
        self._model = model
        self._tokenizer = tokenizer
        self._observe = observe or _unobserved
        self._numbers = count()
        self.capabilities = Capabilities(
            n_mels=model.n_mels,
            vocabulary_size=tokenizer.size,
            languages=tokenizer.languages,
            translate=tokenizer.multilingual,
        )
        on_gpu = model.device == "cuda"
        rows = GPU_ROWS if on_gpu else CPU_ROWS
        self.room = ROOM_FOR_EACH_ROW * workers * rows
        """Windows to have in hand at once; more would only wait here, where nobody minds priorities."""
        self._crew = Crew(
            workers=workers,
            encode=self._encode_step,
            decode=self._decode_step,
            # A GPU encodes all at once; a CPU is faster row by row, whose activations stay in its cache.
            encoded_at_once=GPU_ROWS if on_gpu else 1,
            rows=rows,
        )

    @classmethod
    def load(
        cls,
        model_dir: Path,
        *,
        device: str = "cpu",
        device_index: int = 0,
        compute_type: str = "",
        threads: int = 0,
        observe: Observer | None = None,
    ) -> WhisperEngine:
        """Weights from a CTranslate2 folder; `threads` is for a CPU, 0 takes one for each core."""
        workers, threads_each = (1, 0) if device == "cuda" else sharing(threads or os.cpu_count() or 1)
        model = ctranslate2.models.Whisper(
            str(model_dir),
            device=device,
            device_index=device_index,
            compute_type=compute_type or ("int8" if device == "cpu" else "float16"),
            inter_threads=workers,
            intra_threads=threads_each,
        )
        return cls(model, Tokenizer(model_dir / "tokenizer.json"), workers=workers, observe=observe)

    def warm_up(self) -> None:
        """What is allocated and compiled on first use is, so that the first caller waits no longer than the tenth."""
        hum = (np.sin(np.arange(WARM_UP_SAMPLES) / 10) / 10).astype(np.float32)
        options = DecodingOptions(second_look_logprob=None)
        self.recognize([WindowRequest(samples=hum, language="en", temperatures=(0.0,), options=options)])

    def submit(self, request: WindowRequest, answer: Callable[[Outcome], None]) -> None:
        """`answer` is called once, by this thread or a worker's, as soon as the outcome is known."""
        window = Window(index=next(self._numbers), request=request)
        _together(self._check, [window])
        if window.outcome is not None:
            answer(window.outcome)
        else:
            self._crew.give(window, answer)

    def recognize(self, requests: Sequence[WindowRequest]) -> list[Outcome]:
        """What came of each request, in their order; one that fails does not fail the others."""
        outcomes: list[Future[Outcome]] = [Future() for _ in requests]
        for request, outcome in zip(requests, outcomes, strict=True):
            self.submit(request, outcome.set_result)
        return [outcome.result() for outcome in outcomes]

    def _encode_step(self, windows: Sequence[Window]) -> None:
        started = time.perf_counter()
        _together(self._encode, windows)
        self._observe(Work(encode_seconds=time.perf_counter() - started))

    def _decode_step(self, windows: Sequence[Window]) -> None:
        """One more attempt for windows of one context; those whose attempt is kept have their outcome after it."""
        started = time.perf_counter()
        _together(self._detect_language, [window for window in windows if not window.language])
        _together(self._prompt, [window for window in _alive(windows) if not window.prompt])
        for alike in grouped(_alive(windows), lambda window: window.search):
            _together(self._attempt, alike)
        done = [window for window in _alive(windows) if window.accepted]
        for alike in grouped(done, lambda window: (window.language, window.request.task)):
            _together(self._finish, alike)
        self._observe(Work(decode_seconds=time.perf_counter() - started))

    def _check(self, windows: Sequence[Window]) -> None:
        for window in windows:
            check(window.request, self.capabilities)
            if window.request.is_digital_silence:
                # Whisper itself writes "you" there, and is quite sure of it.
                window.outcome = WindowResult(segments=(), language=window.language)

    def _encode(self, windows: Sequence[Window]) -> None:
        rows = np.stack(
            [
                log_mel(window.request.samples, n_mels=self._model.n_mels, frames=window.context_frames)
                for window in windows
            ]
        )
        encoded = np.asarray(self._model.encode(ctranslate2.StorageView.from_array(rows), to_cpu=True))
        for window, row in zip(windows, encoded, strict=True):
            window.encoded = row

    def _detect_language(self, windows: Sequence[Window]) -> None:
        if not self._tokenizer.multilingual:
            for window in windows:
                window.language = "en"
            return
        for window, ranking in zip(windows, self._model.detect_language(stacked(windows)), strict=True):
            token, window.language_probability = ranking[0]
            window.language = token.strip("<|>")

    def _prompt(self, windows: Sequence[Window]) -> None:
        for window in windows:
            window.prompt = prompt_tokens(window.request, self._tokenizer, start=self._start_sequence(window))

    def _attempt(self, windows: Sequence[Window]) -> None:
        prompts = [window.prompt for window in windows]
        attempts = decode(self._model, self._tokenizer, stacked(windows), prompts, windows[0].search)
        for window, attempt in zip(windows, attempts, strict=True):
            window.judge(attempt)

    def _finish(self, windows: Sequence[Window]) -> None:
        finish(windows, self._model, self._tokenizer, self._start_sequence(windows[0]))

    def _start_sequence(self, window: Window) -> list[int]:
        return start_sequence(self._tokenizer, language=window.language, task=window.request.task)


def sharing(cores: int) -> tuple[int, int]:
    """Workers, and threads of each: measured on two cores, a rule beyond (docs/adr/0012).

    A second thread makes a step of decoding slower, so up to two cores there is a worker for each. Where there are
    more, every worker has two, for the sake of the encoders of wide models.
    """
    workers = max(min(cores, 2), cores // 2)
    return workers, max(1, cores // workers)


def _together(stage: Callable[[Sequence[Window]], None], windows: Iterable[Window]) -> None:
    """Run a stage on the windows still wanted; when it fails, on each alone, so that only the culprit fails."""
    wanted = [window for window in windows if window.wanted]
    if not wanted:
        return
    try:
        stage(wanted)
    except Exception as error:  # noqa: BLE001 - whatever one window breaks, the others have a right to their answer
        if len(wanted) == 1:
            wanted[0].outcome = _failure(error)
        else:
            for window in wanted:
                _together(stage, [window])


def _failure(error: Exception) -> WindowError:
    if isinstance(error, WindowError):
        return error
    return WindowError(Code.INTERNAL, f"the engine failed: {type(error).__name__}: {error}")


def _alive(windows: Iterable[Window]) -> list[Window]:
    return [window for window in windows if window.outcome is None]


def _unobserved(_work: Work) -> None:
    pass
