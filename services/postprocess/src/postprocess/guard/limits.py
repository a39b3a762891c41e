"""How far an answer may go from the transcript, for each kind of mode; what is measured against it is judging's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Shares are of words that carry a fact: fillers, articles, pronouns and the like don't count."""

    least_kept: float
    """Share of the transcript's words that the answer must have."""
    most_invented: float
    """Share of the answer's words that the transcript need not have."""
    shortest: float
    longest: float
    """Length of the answer in characters, as a multiple of the transcript's."""
    word_for_word: bool = False
    """Whether all of it must come back in its order, and each difference be one that a clean-up makes."""
    keeps_negations: bool = True
    same_language: bool = True


FAITHFUL = Limits(least_kept=0.98, most_invented=0.0, shortest=0.3, longest=1.4, word_for_word=True)
SUBTITLES = Limits(least_kept=0.98, most_invented=0.0, shortest=0.3, longest=1.3, word_for_word=True)
REWRITING = Limits(least_kept=0.5, most_invented=0.5, shortest=0.3, longest=2.0)
SHORTENING = Limits(least_kept=0.0, most_invented=0.5, shortest=0.01, longest=1.1, keeps_negations=False)
TRANSLATING = Limits(
    least_kept=0.0, most_invented=1.0, shortest=0.25, longest=3.5, keeps_negations=False, same_language=False
)
