"""Joins the segments of neighbouring windows into one ordered transcript, and mends the words at a cut in speech.

It trusts each window's own times and only moves them into the file; how windows are cut is `windows`' matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from speechkit.domain.transcript import Segment

JOIN_REACH_SECONDS = 1.5
"""Words further than this from a cut in speech are heard by one window alone (the overlap and some slack)."""

SAME_WORD_SECONDS = 0.6
"""Two windows time the same word at most this far apart; further, it is another word of the same spelling."""

SAME_UNTIMED_WORD_SECONDS = 3.0
"""The same, where an engine gives no word times and a word's place in its segment's text stands for them."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was recognized in one window, in the file's time."""

    segments: tuple[Segment, ...]
    cut_before_seconds: float | None = None
    """Where this window was cut out of running speech at its beginning, if it was: the one before heard on past it."""


class Stitcher:
    """Takes windows in order and gives segments in order; keeps one window back while its end may still be mended."""

    def __init__(self) -> None:
        self._held: tuple[Segment, ...] = ()
        self._last_end = 0.0

    def add(self, heard: Heard, *, cut_follows: bool) -> list[Segment]:
        """The segments that are final now; those of a window that a cut follows wait for the next window."""
        before, own = self._held, heard.segments
        if heard.cut_before_seconds is not None:
            before, own = join_at_cut(before, own, cut_seconds=heard.cut_before_seconds)
        self._held = own if cut_follows else ()
        return self._rising(before if cut_follows else (*before, *own))

    def finish(self) -> list[Segment]:
        held, self._held = self._held, ()
        return self._rising(held)

    def _rising(self, segments: Sequence[Segment]) -> list[Segment]:
        """Times never fall: a segment begins no earlier than the one before it ends, and holds its words."""
        rising = []
        for segment in map(_as_its_words, segments):
            start = max(segment.start, self._last_end)
            self._last_end = max(segment.end, start)
            words = tuple(
                replace(word, start=max(word.start, start), end=max(word.end, start)) for word in segment.words
            )
            rising.append(replace(segment, start=start, end=self._last_end, words=words))
        return rising


def _as_its_words(segment: Segment) -> Segment:
    """Words are measured against the sound; the times that the model writes around a segment are rounder guesses."""
    if not segment.words or segment.words[-1].end <= segment.words[0].start:
        return segment
    return replace(segment, start=segment.words[0].start, end=segment.words[-1].end)


def join_at_cut(
    before: tuple[Segment, ...], after: tuple[Segment, ...], *, cut_seconds: float
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Both windows heard the words around the cut; keep each word once.

    The first window gives way to the second behind the word nearest to the cut that both heard. Where they agree
    on none, each keeps the words on its side of the cut.
    """
    first, second = _spoken_words(before), _spoken_words(after)
    shared = _shared_word(first, second, cut_seconds)
    if shared is not None:
        keep_first, keep_second = shared[0] + 1, shared[1] + 1
    else:
        keep_first = sum(word.middle < cut_seconds for word in first)
        keep_second = sum(word.middle < cut_seconds for word in second)
    return _keep(before, first[:keep_first]), _keep(after, second[keep_second:])


@dataclass(frozen=True)
class _SpokenWord:
    segment: int
    position: int
    text: str
    middle: float
    timed: bool
    """Whether `middle` was measured; if not, it is only the word's place in its segment's text."""

    @property
    def key(self) -> str:
        return "".join(character for character in self.text.casefold() if character.isalnum())


def _shared_word(
    first: Sequence[_SpokenWord], second: Sequence[_SpokenWord], cut_seconds: float
) -> tuple[int, int] | None:
    """The indices of one word that both heard, nearest to the cut and to itself."""
    best: tuple[float, int, int] | None = None
    for index, word in enumerate(first):
        if word.middle < cut_seconds - JOIN_REACH_SECONDS or not word.key:
            continue
        for other_index, other in enumerate(second):
            if other.middle > cut_seconds + JOIN_REACH_SECONDS:
                break
            apart = abs(word.middle - other.middle)
            near = SAME_WORD_SECONDS if word.timed and other.timed else SAME_UNTIMED_WORD_SECONDS
            if word.key == other.key and apart <= near:
                distance = abs((word.middle + other.middle) / 2 - cut_seconds) + apart
                best = min(best or (distance, index, other_index), (distance, index, other_index))
    return best and best[1:]


def _spoken_words(segments: tuple[Segment, ...]) -> list[_SpokenWord]:
    words = []
    for number, segment in enumerate(segments):
        if segment.words:
            pieces = [(word.text, (word.start + word.end) / 2) for word in segment.words]
        else:
            texts = segment.text.split()
            step = (segment.end - segment.start) / max(1, len(texts))
            pieces = [(" " + text, segment.start + (index + 0.5) * step) for index, text in enumerate(texts)]
        words += [
            _SpokenWord(number, position, text, middle, bool(segment.words))
            for position, (text, middle) in enumerate(pieces)
        ]
    return words


def _keep(segments: tuple[Segment, ...], words: Sequence[_SpokenWord]) -> tuple[Segment, ...]:
    kept = []
    for number, segment in enumerate(segments):
        own = [word for word in words if word.segment == number]
        count = len(segment.words) or len(segment.text.split())
        if len(own) == count:
            kept.append(segment)
        elif own:
            kept.append(_part(segment, own))
    return tuple(kept)


def _part(segment: Segment, words: Sequence[_SpokenWord]) -> Segment:
    """A run of the segment's words as a segment: its tokens are those that spell these words."""
    first, last = words[0].position, words[-1].position
    texts = [word.text for word in segment.words] or [" " + text for text in segment.text.split()]
    before = len("".join(texts[:first]).encode())
    until = before + len("".join(texts[first : last + 1]).encode())
    reached, tokens = 0, []
    for index, token_text in enumerate(segment.token_texts):
        if before <= reached < until:
            tokens.append(index)
        reached += len(token_text)
    return replace(
        segment,
        text="".join(texts[first : last + 1]),
        start=segment.words[first].start if segment.words and first else segment.start,
        end=segment.words[last].end if segment.words and last + 1 < len(texts) else segment.end,
        words=segment.words[first : last + 1],
        tokens=tuple(segment.tokens[index] for index in tokens),
        token_texts=tuple(segment.token_texts[index] for index in tokens),
        token_logprobs=tuple(segment.token_logprobs[index] for index in tokens) if segment.token_logprobs else (),
    )
