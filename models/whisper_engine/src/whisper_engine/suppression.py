"""Which tokens may not be written, as a bias on the whole vocabulary: all that a decoder without rules can be told.

A rule that depends on what was written before (times in pairs, no blank at the start) can't be said this way.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from whisper_engine.contract import WindowRequest
from whisper_engine.tokenizer import Tokenizer

FORBIDDEN = -1e9
MODELS_OWN_LIST = -1

Bias = NDArray[np.float32]
"""[vocabulary], added to the logits."""


class Suppression:
    def __init__(self, tokenizer: Tokenizer, models_own: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._models_own = tuple(models_own)
        self._cached = lru_cache(maxsize=32)(self._bias)
        self.all_but_languages = np.full(tokenizer.size, FORBIDDEN, np.float32)
        self.all_but_languages[[tokenizer.language(code) for code in tokenizer.languages]] = 0.0

    def of(self, request: WindowRequest) -> Bias:
        return self._cached(timestamps=request.timestamps, suppressed=request.options.suppress_tokens)

    def _bias(self, *, timestamps: bool, suppressed: tuple[int, ...]) -> Bias:
        bias = np.zeros(self._tokenizer.size, np.float32)
        bias[list(self._ids(suppressed))] = FORBIDDEN
        # What belongs before a text is never part of one; where times are wanted, nor is the token that refuses them.
        bias[self._tokenizer.start_of_transcript : self._tokenizer.timestamp_begin] = FORBIDDEN
        if not timestamps:
            bias[self._tokenizer.timestamp_begin :] = FORBIDDEN
        bias.flags.writeable = False  # it is shared by requests
        return bias

    def _ids(self, suppressed: Iterable[int]) -> set[int]:
        ids = set(suppressed)
        return ids - {MODELS_OWN_LIST} | (set(self._models_own) if MODELS_OWN_LIST in ids else set())
