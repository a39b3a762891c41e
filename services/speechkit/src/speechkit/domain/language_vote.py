"""Settles one language for a file from what its first windows were detected as.

Windows are recognized independently, so each would otherwise guess for itself, and a short one guesses badly.
"""

from collections import defaultdict

SETTLED_PROBABILITY = 0.5
"""A window this sure of its language decides for the file."""

SETTLED_SECONDS = 30.0
"""Without a sure one, the most weight after this much speech decides: Whisper's own detection hears 30 s."""


class LanguageVote:
    def __init__(self, given: str) -> None:
        """A language that the caller has given is settled from the start."""
        self._given = given
        self._weights: defaultdict[str, float] = defaultdict(float)
        self._heard_seconds = 0.0
        self._sure = ""

    @property
    def settled(self) -> bool:
        return bool(self._given or self._sure) or self._heard_seconds >= SETTLED_SECONDS

    @property
    def language(self) -> str:
        """The best answer so far; empty while nothing was heard."""
        if self._given or self._sure:
            return self._given or self._sure
        return max(self._weights, key=self._weights.__getitem__, default="")

    def hear(self, language: str, *, probability: float, window_seconds: float) -> None:
        if self.settled or not language:
            return
        self._weights[language] += probability * window_seconds
        self._heard_seconds += window_seconds
        if probability >= SETTLED_PROBABILITY:
            self._sure = language
