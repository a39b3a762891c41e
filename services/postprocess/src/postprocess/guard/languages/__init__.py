"""The languages that the guard knows words of, and which of them a text is in."""

from postprocess.guard.languages.guessing import LANGUAGES, differ, guess
from postprocess.guard.languages.language import Language, Numerals, words

__all__ = ["LANGUAGES", "UNKNOWN", "Language", "Numerals", "differ", "guess", "words"]

UNKNOWN = Language(free=frozenset(), negations=frozenset())
