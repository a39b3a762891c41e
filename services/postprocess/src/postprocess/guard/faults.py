"""What can be wrong with an answer: the name of the check that failed and a sentence that a model can act upon."""

from dataclasses import dataclass
from typing import Literal

Check = Literal[
    "empty",
    "too_long",
    "too_short",
    "words_dropped",
    "words_invented",
    "words_reordered",
    "numbers_changed",
    "negation_lost",
    "keyword_lost",
    "language_changed",
    "refusal",
    "chatter",
    "answered",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """`reason` may quote the transcript: it is for the model and the caller, never for a log."""

    check: Check
    reason: str
