"""How far an answer may go from the transcript, for each kind of mode; what is measured against it is judging's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Shares are of words that carry meaning: fillers, repetitions and small words don't count."""

    least_kept: float
    """Share of the transcript's words that the answer must have."""
    most_invented: float
    """Share of the answer's words that the transcript need not have."""
    shortest: float
    longest: float
    """Length of the answer in characters, as a multiple of the transcript's."""
    word_for_word: bool
    """Whether every sentence, number and negation must come back, in the order in which it was said."""
    same_language: bool = True


FAITHFUL = Limits(least_kept=0.9, most_invented=0.1, shortest=0.4, longest=1.3, word_for_word=True)
SUBTITLES = Limits(least_kept=0.9, most_invented=0.1, shortest=0.4, longest=1.3, word_for_word=True)
REWRITING = Limits(least_kept=0.5, most_invented=0.5, shortest=0.3, longest=2.0, word_for_word=False)
SHORTENING = Limits(least_kept=0.0, most_invented=0.6, shortest=0.02, longest=1.1, word_for_word=False)
TRANSLATING = Limits(
    least_kept=0.0, most_invented=1.0, shortest=0.3, longest=3.5, word_for_word=False, same_language=False
)
