"""Counts word errors as Whisper's authors do: both texts through Whisper's normalizer, then aligned word by word.

Which texts are compared, and what difference is too much, is decided elsewhere.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import jiwer
from num2words import num2words
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, kw_only=True)
class Score:
    words: int = 0
    """In the reference."""
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def error_rate(self) -> float:
        """NaN where nothing was said: then `insertions` is the number to look at."""
        return self.errors / self.words if self.words else float("nan")

    def __add__(self, other: "Score") -> "Score":
        return Score(
            words=self.words + other.words,
            substitutions=self.substitutions + other.substitutions,
            deletions=self.deletions + other.deletions,
            insertions=self.insertions + other.insertions,
        )


def score(*, reference: str, heard: str, language: str) -> Score:
    normalize = normalizer(language)
    aligned = jiwer.process_words(normalize(reference), normalize(heard))
    return Score(
        words=aligned.hits + aligned.substitutions + aligned.deletions,
        substitutions=aligned.substitutions,
        deletions=aligned.deletions,
        insertions=aligned.insertions,
    )


def total(scores: Iterable[Score]) -> Score:
    """Errors over words of all clips together, so that a long clip counts for as much as it says."""
    return sum(scores, start=Score())


@cache
def normalizer(language: str) -> Callable[[str], str]:
    """Diacritics are dropped outside English: the Spanish prompts' own texts lack them, at times."""
    if language == "en":
        english: Callable[[str], str] = EnglishTextNormalizer()
        return english
    basic: Callable[[str], str] = BasicTextNormalizer(remove_diacritics=True)
    return lambda text: basic(_numbers_in_words(text, language))


def _numbers_in_words(text: str, language: str) -> str:
    """Whether "3" or "tres" is written is no matter of hearing; Whisper's normalizer levels it in English alone."""
    return NUMBER.sub(lambda number: f" {num2words(int(number[0]), lang=language)} ", text)
