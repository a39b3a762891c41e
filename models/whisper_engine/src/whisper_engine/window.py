"""A request on its way through the engine: what is known of it so far, until its outcome is.

The stages that fill this in are the matter of `engine`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TypeVar

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from whisper_engine import ladder
from whisper_engine.attempts import Attempt
from whisper_engine.contexts import FULL_CONTEXT_FRAMES, context_frames, token_budget
from whisper_engine.contract import Code, WindowError, WindowRequest, WindowResult
from whisper_engine.decoding import Search
from whisper_engine.mel import HOP_SAMPLES

Key = TypeVar("Key", bound=Hashable)
Outcome = WindowResult | WindowError


@dataclass(kw_only=True)
class Window:
    index: int
    request: WindowRequest
    context_frames: int = 0
    encoded: NDArray[np.float32] | None = None
    language: str = ""
    language_probability: float = nan
    prompt: list[int] = field(default_factory=list)
    rung: int = 0
    """Of the ladder: which of the request's temperatures is next."""
    attempts: list[Attempt] = field(default_factory=list)
    """Those in the present context: a text is measured (words, log probabilities) in the context that it came from."""
    narrow_text: str = ""
    """What came out wrong in the window's own context, before it was widened."""
    confirmed: bool = False
    """Whether both contexts gave the text that is kept, so that its repetitions are no loop."""
    first_look: Attempt | None = None
    """A good text that the model is not sure of, while a beam looks for a better one."""
    fallbacks: int = -1
    """How many attempts were thrown away, once there is one that is kept."""
    accepted: Attempt | None = None
    outcome: Outcome | None = None

    def __post_init__(self) -> None:
        self.language = self.request.language
        self.context_frames = context_frames(self.content_frames, full=self.request.options.full_context)

    @property
    def owner(self) -> str:
        """Whoever does not say whose the window is has no other."""
        return self.request.owner or f"window {self.index}"

    @property
    def stage(self) -> tuple[int, bool, bool, int]:
        """Windows for which it is equal are likely to be decoded together."""
        return self.context_frames, self.encoded is not None, self.first_look is not None, self.rung

    def shares_context(self, other: "Window") -> bool:
        return self.context_frames == other.context_frames

    @property
    def content_frames(self) -> int:
        return -(-len(self.request.samples) // HOP_SAMPLES)

    @property
    def wanted(self) -> bool:
        """Whether there is still work to do; asks whether the caller has gone."""
        if self.outcome is None and self.request.is_cancelled():
            self.outcome = WindowError(Code.CANCELLED, "the request was cancelled")
        return self.outcome is None

    @property
    def kept(self) -> Attempt:
        """The attempt that becomes the result, once there is one."""
        if self.accepted is None:
            raise RuntimeError("the ladder has not ended yet")
        return self.accepted

    @property
    def search(self) -> Search:
        """The next attempt; windows for which it is equal are decoded together."""
        request = self.request
        return Search(
            context_frames=self.context_frames,
            prompt_length=len(self.prompt),
            beam_size=request.options.second_look_beam if self.first_look else request.beam_size,
            temperature=request.temperatures[self.rung],
            timestamps=request.timestamps,
            max_tokens=min(request.max_tokens, token_budget(self.content_frames, self.context_frames)),
            options=request.options,
        )

    @property
    def _is_narrow(self) -> bool:
        return self.context_frames < FULL_CONTEXT_FRAMES

    def judge(self, attempt: Attempt) -> None:
        """Take the attempt if it is good, or the best of all once there is nothing left to try.

        What comes out wrong in a short context is first tried in the full one: most of it is right there.
        """
        options = self.request.options
        unfinished = self._is_narrow and attempt.cut_off and len(attempt.tokens) < self.request.max_tokens
        good = ladder.is_good(attempt, options) and not unfinished
        if self.first_look is not None:
            self.accepted = attempt if good else self.first_look
            return
        self.attempts.append(attempt)
        self.fallbacks += 1
        self.confirmed = ladder.confirms(attempt, self.narrow_text, options)
        if good and self.request.beam_size < options.second_look_beam and ladder.is_doubtful(attempt, options):
            self.first_look = attempt
        elif self.confirmed or good:
            self.accepted = attempt
        elif self._is_narrow:
            self.narrow_text = attempt.text
            self.context_frames, self.encoded, self.attempts = FULL_CONTEXT_FRAMES, None, []
        elif self.rung + 1 < len(self.request.temperatures):
            self.rung += 1
        else:
            self.accepted = ladder.best(self.attempts, options)


def stacked(windows: Sequence[Window]) -> ctranslate2.StorageView:
    """The encoder's output of windows that share a context, as one batch."""
    return ctranslate2.StorageView.from_array(
        np.stack([window.encoded for window in windows if window.encoded is not None])
    )


def grouped(windows: Iterable[Window], key: Callable[[Window], Key]) -> list[list[Window]]:
    groups: defaultdict[Key, list[Window]] = defaultdict(list)
    for window in windows:
        groups[key(window)].append(window)
    return list(groups.values())
