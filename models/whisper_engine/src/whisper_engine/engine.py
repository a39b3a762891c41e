"""Recognition of many windows at once: encode each, decode together those that can be, climb the ladder, time words.

What a window asks and answers stands in `contract`; how the windows came to share a call is the caller's matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import ctranslate2
import numpy as np

from whisper_engine.admission import check
from whisper_engine.contract import Capabilities, Code, WindowError, WindowRequest, WindowResult, Work
from whisper_engine.decoding import decode
from whisper_engine.mel import log_mel
from whisper_engine.prompts import prompt_tokens, start_sequence
from whisper_engine.results import finish
from whisper_engine.tokenizer import Tokenizer
from whisper_engine.window import Outcome, Window, grouped, stacked


class WhisperEngine:
    """One Whisper model in memory. Calls must not overlap; one call takes many windows."""

    def __init__(self, model: ctranslate2.models.Whisper, tokenizer: Tokenizer) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self.capabilities = Capabilities(
            n_mels=model.n_mels,
            vocabulary_size=tokenizer.size,
            languages=tokenizer.languages,
            translate=tokenizer.multilingual,
        )

    @classmethod
    def load(
        cls, model_dir: Path, *, device: str = "cpu", device_index: int = 0, compute_type: str = "", threads: int = 0
    ) -> WhisperEngine:
        """Weights from a CTranslate2 folder; `threads` is for a CPU, 0 leaves the number to CTranslate2."""
        model = ctranslate2.models.Whisper(
            str(model_dir),
            device=device,
            device_index=device_index,
            compute_type=compute_type or ("int8" if device == "cpu" else "float16"),
            inter_threads=1,
            intra_threads=threads,
        )
        return cls(model, Tokenizer(model_dir / "tokenizer.json"))

    def recognize(self, requests: Sequence[WindowRequest]) -> list[Outcome]:
        """What came of each request, in their order; one that fails does not fail the others."""
        outcomes = dict(self.recognize_each(requests))
        return [outcomes[index] for index in range(len(requests))]

    def recognize_each(
        self, requests: Sequence[WindowRequest], *, work: Work | None = None
    ) -> Iterator[tuple[int, Outcome]]:
        """The index and outcome of each request as soon as it is known: short windows do not wait for long ones."""
        work = work or Work()
        waiting = [Window(index=index, request=request) for index, request in enumerate(requests)]
        _together(self._check, waiting)
        yield from _outcomes(waiting)
        while waiting := [window for window in waiting if window.outcome is None]:
            # Shortest first: their answers need not wait for the others.
            waiting.sort(key=lambda window: window.context_frames)
            for group in grouped(waiting, lambda window: window.context_frames):
                self._climb(group, work)
                yield from _outcomes(group)

    def _climb(self, group: Sequence[Window], work: Work) -> None:
        """One more attempt for windows of one context; those whose attempt is kept have their outcome after it."""
        started = time.perf_counter()
        _together(self._encode, [window for window in group if window.encoded is None])
        encoded = time.perf_counter()
        _together(self._detect_language, [window for window in _alive(group) if not window.language])
        _together(self._prompt, [window for window in _alive(group) if not window.prompt])
        for alike in grouped(_alive(group), lambda window: window.search):
            _together(self._attempt, alike)
        done = [window for window in _alive(group) if window.accepted]
        for alike in grouped(done, lambda window: (window.language, window.request.task)):
            _together(self._finish, alike)
        work.encode_seconds += encoded - started
        work.decode_seconds += time.perf_counter() - encoded

    def _check(self, windows: Sequence[Window]) -> None:
        for window in windows:
            check(window.request, self.capabilities)
            if window.request.is_digital_silence:
                # Whisper itself writes "you" there, and is quite sure of it.
                window.outcome = WindowResult(segments=(), language=window.language)

    def _encode(self, windows: Sequence[Window]) -> None:
        """A GPU encodes all at once; a CPU is faster row by row, whose activations stay in its cache."""
        for batch in [windows] if self._model.device == "cuda" else [[window] for window in windows]:
            wanted = [window for window in batch if window.wanted]
            if not wanted:
                continue
            rows = np.stack(
                [
                    log_mel(window.request.samples, n_mels=self._model.n_mels, frames=window.context_frames)
                    for window in wanted
                ]
            )
            encoded = np.asarray(self._model.encode(ctranslate2.StorageView.from_array(rows), to_cpu=True))
            for window, row in zip(wanted, encoded, strict=True):
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


def _outcomes(windows: Iterable[Window]) -> Iterator[tuple[int, Outcome]]:
    return ((window.index, window.outcome) for window in windows if window.outcome is not None)
