"""Which windows the engine takes: everything that could break it or its neighbours is refused here, with a reason.

The options' own syntax is the matter of `options`.
"""

import numpy as np
from numpy.typing import NDArray

from whisper_engine.contract import (
    MAX_SAMPLES,
    MAX_TEMPERATURES,
    MAX_TEXT_CHARACTERS,
    MAX_TOKENS,
    MIN_SAMPLES,
    Capabilities,
    Code,
    WindowError,
    WindowRequest,
)

LOUDEST_SAMPLE = 1e6
"""Beyond any real signal, and far below where the squares of the spectrum overflow."""


def check(request: WindowRequest, capabilities: Capabilities) -> None:
    """Raise a WindowError that names the first thing wrong with a request."""
    _check_samples(request.samples)
    _check_task(request, capabilities)
    _check_search(request, capabilities)
    for name, text in (("prompt", request.prompt), ("hotwords", request.hotwords)):
        if len(text) > MAX_TEXT_CHARACTERS:
            raise _invalid(f"{name} is longer than {MAX_TEXT_CHARACTERS} characters: send its end")


def _check_samples(samples: NDArray[np.float32]) -> None:
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise _invalid("audio must be one row of 32-bit floats")
    if not MIN_SAMPLES <= len(samples) <= MAX_SAMPLES:
        raise _invalid(f"audio must be {MIN_SAMPLES} to {MAX_SAMPLES} samples (0.1 s to 30 s), not {len(samples)}")
    if not np.abs(samples).max() < LOUDEST_SAMPLE:
        raise _invalid("audio holds samples that are not finite or out of all range: send -1 to 1")


def _check_task(request: WindowRequest, capabilities: Capabilities) -> None:
    if request.language and request.language not in capabilities.languages:
        raise _invalid(f"language {request.language[:20]!r} is not one that this model knows")
    if request.task not in ("transcribe", "translate"):
        raise _invalid(f"task {request.task[:20]!r} must be transcribe or translate")
    if request.task == "translate" and not capabilities.translate:
        raise _invalid("this model can't translate: use a multilingual one")


def _check_search(request: WindowRequest, capabilities: Capabilities) -> None:
    if not 1 <= len(request.temperatures) <= MAX_TEMPERATURES:
        raise _invalid(f"temperatures must be 1 to {MAX_TEMPERATURES} numbers")
    if not all(0.0 <= value <= 1.0 for value in request.temperatures):
        raise _invalid("each temperature must be from 0 to 1")
    if not 1 <= request.beam_size <= capabilities.max_beam:
        raise _invalid(f"beam size must be from 1 to {capabilities.max_beam}")
    if not 1 <= request.max_tokens <= MAX_TOKENS:
        raise _invalid(f"max tokens must be from 1 to {MAX_TOKENS}")
    # CTranslate2 writes to the logits at these places without a look at how many there are.
    if any(token >= capabilities.vocabulary_size for token in request.options.suppress_tokens):
        raise _invalid(f"suppressed tokens must be below {capabilities.vocabulary_size}")


def _invalid(message: str) -> WindowError:
    return WindowError(Code.INVALID, message)
