"""Takes out of what was heard in a window what nobody can have said there, and keeps it with the reason.

The engine's own guards (its temperatures, loops) come before. Pure: counting and telling are others' matter.
"""

import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from speechkit.domain.audio import seconds
from speechkit.domain.invented_phrases import INVENTED_PHRASES
from speechkit.domain.transcript import Discarded, Segment
from speechkit.domain.windows import CERTAIN_SPEECH, FRAME_SAMPLES, Window


class Guard(StrEnum):
    SILENCE = "silence"
    """The model heard no speech and was unsure of what it wrote."""
    PACE = "pace"
    """More than anybody can say in the time."""
    PHRASE = "phrase"
    """What Whisper is known to write where nobody speaks, and two signs or more that nobody did."""


FASTEST_SYLLABLES_PER_SECOND = 14.0
"""Auctioneers and rappers reach ten or eleven for a few seconds."""
SPARE_SYLLABLES = 6.0
"""Of a window's length little is known of one short word's."""
LETTERS_PER_SYLLABLE = 2.5
"""About, where letters are written; where a sign is a syllable or a word, it is counted as one."""

LITTLE_SPEECH = 0.5
"""Of the text's time, by the voice detector."""
NO_SPEECH = 0.5
UNSURE_LOGPROB = -0.6
SIGNS_NEEDED = 2


def sift(
    segments: Sequence[Segment], window: Window, *, silent: bool
) -> tuple[tuple[Segment, ...], tuple[Discarded, ...]]:
    """What is kept, and what is not, both in order; `silent` is the engine's own verdict on the whole window."""
    too_fast = _syllables("".join(segment.text for segment in segments)) > _most_syllables(window)
    kept: list[Segment] = []
    discarded: list[Discarded] = []
    for segment in segments:
        guard = Guard.SILENCE if silent else Guard.PACE if too_fast else _phrase_guard(segment, window)
        if guard is None:
            kept.append(segment)
        elif segment.text.strip():
            discarded.append(Discarded(start=segment.start, end=segment.end, text=segment.text, guard=guard))
    return tuple(kept), tuple(discarded)


def _phrase_guard(segment: Segment, window: Window) -> Guard | None:
    if _bare(segment.text) not in _KNOWN:
        return None
    signs = (
        _speech_share(segment, window) < LITTLE_SPEECH,
        segment.no_speech_prob > NO_SPEECH,
        segment.avg_logprob < UNSURE_LOGPROB,
    )
    return Guard.PHRASE if sum(signs) >= SIGNS_NEEDED else None


def _speech_share(segment: Segment, window: Window) -> float:
    """Of the frames in the segment's time; a segment of no length has the nearest frame."""
    frames_per_second = 1 / seconds(FRAME_SAMPLES)
    offset = seconds(window.offset_samples)
    probabilities = window.frame_probabilities
    first = min(max(0, int((segment.start - offset) * frames_per_second)), len(probabilities) - 1)
    last = max(first + 1, int((segment.end - offset) * frames_per_second) + 1)
    return float((probabilities[first:last] >= CERTAIN_SPEECH).mean())


def _most_syllables(window: Window) -> float:
    return SPARE_SYLLABLES + FASTEST_SYLLABLES_PER_SECOND * seconds(len(window.samples))


def _syllables(text: str) -> float:
    letters = [character for character in text if character.isalnum()]
    whole = sum(unicodedata.east_asian_width(letter) == "W" for letter in letters)
    return whole + (len(letters) - whole) / LETTERS_PER_SYLLABLE


def _bare(text: str) -> str:
    """Letters and digits alone, so that marks, capitals and white space make no difference."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


_KNOWN = frozenset(_bare(phrase) for phrases in INVENTED_PHRASES.values() for phrase in phrases)
