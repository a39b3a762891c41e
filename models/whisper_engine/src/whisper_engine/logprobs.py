"""The log probability of each token of the texts that were kept, when a request asks for them.

The search itself does not tell: with a beam, CTranslate2 returns the logits of the last step alone. So the text is
dictated to the decoder once more, whose logits then say how probable each token was.
"""

from collections.abc import Sequence

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from whisper_engine.decoding import length_option
from whisper_engine.options import DecodingOptions
from whisper_engine.tokenizer import Tokenizer
from whisper_engine.window import Window, grouped, stacked

ROWS = 4
"""A token's logits are 200 kB, a long text's 45 MB: so many texts are dictated at once, for the sake of memory."""

Logits = NDArray[np.float32]
"""[steps, vocabulary]"""


def token_logprobs(
    windows: Sequence[Window], model: ctranslate2.models.Whisper, tokenizer: Tokenizer
) -> dict[int, tuple[float, ...]]:
    """For each window's index one value for each token of its kept text; windows share a context."""
    known: dict[int, tuple[float, ...]] = {}
    for alike in grouped(
        windows, lambda window: (len(window.prompt), window.request.timestamps, window.request.options)
    ):
        for first in range(0, len(alike), ROWS):
            rows = alike[first : first + ROWS]
            for window, logits in zip(rows, _dictated(rows, model), strict=True):
                known[window.index] = _logprobs(logits, window, tokenizer)
    return known


def _dictated(windows: Sequence[Window], model: ctranslate2.models.Whisper) -> list[Logits]:
    options = windows[0].request.options
    longest = max(len(window.kept.tokens) for window in windows) + 1
    results = model.generate(
        stacked(windows),
        [[*window.prompt, *window.kept.tokens] for window in windows],
        beam_size=1,
        max_length=length_option(longest, len(windows[0].prompt)),
        return_logits_vocab=True,
        suppress_tokens=list(options.suppress_tokens),
        suppress_blank=False,
        repetition_penalty=options.repetition_penalty,
        no_repeat_ngram_size=options.no_repeat_ngram_size,
    )
    return [
        np.stack([np.asarray(step, np.float32).reshape(-1) for step in result.logits[0][: len(window.kept.tokens)]])
        for window, result in zip(windows, results, strict=True)
    ]


def _logprobs(logits: Logits, window: Window, tokenizer: Tokenizer) -> tuple[float, ...]:
    tokens = window.kept.tokens
    if window.request.timestamps:
        for step in range(len(tokens)):
            _apply_timestamp_rules(logits[step], tokens[:step], tokenizer, window.request.options)
    elif window.request.options.suppress_blank:
        logits[0, [*tokenizer.encode(" "), tokenizer.end_of_text]] = -np.inf
    return tuple(_log_softmax(row)[token] for row, token in zip(logits, tokens, strict=True))


def _apply_timestamp_rules(
    logits: Logits, before: Sequence[int], tokenizer: Tokenizer, options: DecodingOptions
) -> None:
    """Forbid in place what the search forbade here: CTranslate2 does not apply these rules to what is dictated."""
    begin = tokenizer.timestamp_begin
    logits[tokenizer.no_timestamps] = -np.inf
    if not before:
        logits[:begin] = -np.inf
        logits[begin + options.max_initial_timestamp_index + 1 :] = -np.inf
        return
    if before[-1] >= begin:
        if len(before) < 2 or before[-2] >= begin:
            logits[begin:] = -np.inf
            return
        logits[: tokenizer.end_of_text] = -np.inf
        logits[begin : before[-1]] = -np.inf
    else:
        newest = max((token for token in before if token >= begin), default=begin - 1)
        logits[begin : newest + 1] = -np.inf
    logprobs = _log_softmax(logits)
    if np.logaddexp.reduce(logprobs[begin:]) > logprobs[:begin].max():
        logits[:begin] = -np.inf


def _log_softmax(logits: Logits) -> NDArray[np.float64]:
    shifted: NDArray[np.float64] = logits.astype(np.float64) - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float64)
