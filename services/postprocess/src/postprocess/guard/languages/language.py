"""What the guard knows of a language: words that carry no fact, negations, corrections, contractions, numerals.

All of it is written without accents and in lower case, as reading's `folded` leaves a text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def words(text: str) -> frozenset[str]:
    """A table is easier to read and to extend as text."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numerals:
    """Words of numbers; in a language that writes them as one word, `compound` cuts it into its parts."""

    values: Mapping[str, int]
    point: frozenset[str] = frozenset()
    half: tuple[str, ...] = ()
    """Phrases that add a half to the number before them."""
    joiner: str | None = None
    compound: bool = False
    stems: Mapping[str, int] = field(default_factory=dict)
    """Beginnings of words, for languages that inflect their numerals."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """`rewrites` are pairs of words (or phrases) on whole words; they make one form out of several."""

    free: frozenset[str]
    """Articles, pronouns, auxiliaries, prepositions, fillers: a clean-up may drop and add them."""
    negations: frozenset[str]
    corrections: tuple[str, ...] = ()
    """What stands between words taken back and those that replace them."""
    rewrites: tuple[tuple[str, str], ...] = ()
    first_person: frozenset[str] = frozenset()
    calendar: tuple[frozenset[str], ...] = ()
    """Weekdays and months: one may be taken back for another by a mere "no"."""
    numerals: Numerals | None = None


def series(start: int, text: str, step: int = 1) -> dict[str, int]:
    """Consecutive numbers, several words for one separated by a slash."""
    return {word: start + step * index for index, names in enumerate(text.split()) for word in names.split("/")}
