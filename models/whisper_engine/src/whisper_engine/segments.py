"""The segments of a window, read from the timestamps among its tokens.

A window is all there is: nothing is decoded again from its last timestamp, so every token ends up in a segment, but
for what the model wrote after the sound had ended.
"""

from collections.abc import Iterator, Sequence

from whisper_engine.contract import Segment
from whisper_engine.tokenizer import Tokenizer

LEAST_SOUND_SECONDS = 0.1
"""A segment that begins with less of the window left than this was heard in the silence behind it, so was invented.

Seen as one word over and over ("Only. Only. Only."), each beginning where the window ends, mostly in contexts shorter
than the 30 s that Whisper was trained on; too short a loop for the compression ratio to notice.
"""


def segments_of(tokens: Sequence[int], tokenizer: Tokenizer, *, window_seconds: float) -> tuple[Segment, ...]:
    """Segments in order, within the window; text that lacks a timestamp on one side reaches to its neighbour's."""
    segments: list[Segment] = []
    for run in _runs(tokens, tokenizer):
        times = [tokenizer.seconds(token) for token in run if tokenizer.is_timestamp(token)]
        opened = tokenizer.is_timestamp(run[0])
        closed = tokenizer.is_timestamp(run[-1]) and len(run) > 1
        earliest = segments[-1].end if segments else 0.0
        if opened and segments and times[0] > window_seconds - LEAST_SOUND_SECONDS:
            break
        start = min(max(times[0] if opened else earliest, earliest), window_seconds)
        end = min(max(times[-1] if closed else window_seconds, start), window_seconds)
        spelled = tuple(map(tokenizer.spelling, run))
        text = b"".join(spelled).decode(errors="replace")
        segments.append(Segment(start=start, end=end, text=text, tokens=tuple(run), token_texts=spelled))
    return _without_empty(segments)


def without_backward_times(tokens: Sequence[int], tokenizer: Tokenizer) -> list[int]:
    """The indices of all tokens but the times before one that was written earlier: they were not measured."""
    kept: list[int] = []
    latest = tokenizer.timestamp_begin
    for index, token in enumerate(tokens):
        if tokenizer.is_timestamp(token):
            if token < latest:
                continue
            latest = token
        kept.append(index)
    return kept


def in_segments(logprobs: Sequence[float], tokens: tuple[int, ...], segments: Sequence[Segment]) -> tuple[float, ...]:
    """Those of the tokens that are in segments: a segment without text is left out."""
    kept: list[float] = []
    first = 0
    for segment in segments:
        while tokens[first : first + len(segment.tokens)] != segment.tokens:
            first += 1
        kept += logprobs[first : first + len(segment.tokens)]
        first += len(segment.tokens)
    return tuple(kept)


def _runs(tokens: Sequence[int], tokenizer: Tokenizer) -> Iterator[list[int]]:
    """Cut after each timestamp that closes a text: <|0.00|> text <|2.00|> | <|2.00|> text <|3.00|>."""
    run: list[int] = []
    has_text = False
    for token in tokens:
        run.append(token)
        if not tokenizer.is_timestamp(token):
            has_text = True
        elif has_text:
            yield run
            run, has_text = [], False
    if run:
        yield run


def _without_empty(segments: list[Segment]) -> tuple[Segment, ...]:
    return tuple(segment for segment in segments if segment.text.strip())
