"""From the text that was kept to the window's result: segments, word times, and how the text ended.

Which text is kept is the matter of `ladder`.
"""

from collections.abc import Sequence
from itertools import chain

import ctranslate2

from whisper_engine import ladder
from whisper_engine.contract import SILENCE, Segment, WindowResult, Word
from whisper_engine.logprobs import token_logprobs
from whisper_engine.pauses import without_pauses
from whisper_engine.segments import in_segments, segments_of
from whisper_engine.tokenizer import Tokenizer
from whisper_engine.window import Window, stacked
from whisper_engine.words import split_words, timed_words


def finish(
    windows: Sequence[Window], model: ctranslate2.models.Whisper, tokenizer: Tokenizer, start_sequence: list[int]
) -> None:
    """Give each window its outcome; all have an accepted text, one context, language and task."""
    heard = [(window, _segments(window, tokenizer)) for window in windows]
    timed = [(window, segments) for window, segments in heard if segments and window.request.word_timestamps]
    words = _words(timed, model, tokenizer, start_sequence) if timed else {}
    logprobs = token_logprobs(
        [window for window, segments in heard if segments and window.request.logprobs], model, tokenizer
    )
    for window, segments in heard:
        window.outcome = _result(
            window, segments, words=words.get(window.index, ()), token_logprobs=logprobs.get(window.index, ())
        )


def _segments(window: Window, tokenizer: Tokenizer) -> tuple[Segment, ...]:
    attempt = window.kept
    options = window.request.options
    if ladder.is_silence(attempt, options) and not options.tell_silence:
        return ()
    return segments_of(attempt.tokens, tokenizer, window_seconds=window.request.seconds)


def _words(
    timed: Sequence[tuple[Window, tuple[Segment, ...]]],
    model: ctranslate2.models.Whisper,
    tokenizer: Tokenizer,
    start_sequence: list[int],
) -> dict[int, tuple[Word, ...]]:
    tokens = [[tokenizer.text_tokens(segment.tokens) for segment in segments] for _, segments in timed]
    alignments = model.align(
        stacked([window for window, _ in timed]),
        start_sequence,
        [list(chain.from_iterable(row)) for row in tokens],
        [window.content_frames for window, _ in timed],
    )
    words: dict[int, tuple[Word, ...]] = {}
    for (window, _), row, alignment in zip(timed, tokens, alignments, strict=True):
        # Segment by segment, so that no word reaches over a segment's end.
        spans = [span for own in row for span in split_words(own, tokenizer, window.language)]
        aligned = timed_words(
            spans, alignment.alignments, alignment.text_token_probs, window_seconds=window.request.seconds
        )
        words[window.index] = without_pauses(aligned, window.request.samples)
    return words


def _result(
    window: Window, segments: tuple[Segment, ...], *, words: tuple[Word, ...], token_logprobs: tuple[float, ...]
) -> WindowResult:
    attempt = window.kept
    looped = not window.confirmed and ladder.is_looped(attempt, window.request.options)
    return WindowResult(
        segments=segments,
        words=words,
        token_logprobs=in_segments(token_logprobs, attempt.tokens, segments),
        language=window.language,
        language_probability=window.language_probability,
        avg_logprob=attempt.avg_logprob,
        no_speech_prob=attempt.no_speech_prob,
        compression_ratio=attempt.compression_ratio,
        temperature=attempt.temperature,
        finish=SILENCE
        if segments and ladder.is_silence(attempt, window.request.options)
        else ladder.finish_reason(attempt, looped=looped),
        fallbacks=window.fallbacks,
    )
