"""Joins the segments of neighbouring windows into one ordered transcript, and mends the words at a cut in speech.

It trusts each window's own times and only moves them into the file; how windows are cut is `windows`' matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from speechkit.domain.transcript import Segment

JOIN_REACH_SECONDS = 1.5
"""Words further than this from a cut in speech are heard by one window alone (the overlap and some slack)."""


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
        """Times never fall: a segment begins no earlier than the one before it ends."""
        rising = []
        for segment in segments:
            start = max(segment.start, self._last_end)
            self._last_end = max(segment.end, start)
            rising.append(replace(segment, start=start, end=self._last_end))
        return rising


def join_at_cut(
    before: tuple[Segment, ...], after: tuple[Segment, ...], *, cut_seconds: float
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Both windows heard the words around the cut; keep each word once.

    Where both heard the same words, the first window gives way to the second behind the last of them. Where they
    did not agree on any, each keeps the words on its side of the cut.
    """
    first, second = _spoken_words(before), _spoken_words(after)
    tail = [index for index, word in enumerate(first) if word.middle > cut_seconds - JOIN_REACH_SECONDS]
    head = [index for index, word in enumerate(second) if word.middle < cut_seconds + JOIN_REACH_SECONDS]
    match = SequenceMatcher(
        None, [first[index].key for index in tail], [second[index].key for index in head], autojunk=False
    ).find_longest_match()
    if match.size:
        keep_first = tail[match.a + match.size - 1] + 1
        keep_second = head[match.b + match.size - 1] + 1
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
    """The word's own measured middle; without word times, its place in the segment's text."""

    @property
    def key(self) -> str:
        return "".join(character for character in self.text.casefold() if character.isalnum())


def _spoken_words(segments: tuple[Segment, ...]) -> list[_SpokenWord]:
    words = []
    for number, segment in enumerate(segments):
        if segment.words:
            pieces = [(word.text, (word.start + word.end) / 2) for word in segment.words]
        else:
            texts = segment.text.split()
            step = (segment.end - segment.start) / max(1, len(texts))
            pieces = [(" " + text, segment.start + (index + 0.5) * step) for index, text in enumerate(texts)]
        words += [_SpokenWord(number, position, text, middle) for position, (text, middle) in enumerate(pieces)]
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
