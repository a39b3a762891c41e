"""Settles one language for a file from what its first windows were detected as.

Windows are recognized independently, so each would otherwise guess for itself, and a short one guesses badly; and the
first one alone may be a jingle or a greeting in another language.
"""

from collections import defaultdict

VOTES = 3
"""Windows that are heard, however sure the first one is."""
SURE = 0.5
"""With as many votes as are needed, one of them this sure decides; without it, more are heard."""
ENOUGH_SECONDS = 30.0
"""Without a sure one, the most weight after this much speech decides: Whisper's own detection hears 30 s."""
CERTAIN = 0.8
"""A window that is so sure of another language keeps it, as long as the vote lasts."""


class LanguageVote:
    def __init__(self, given: str) -> None:
        """A language that the caller has given is settled from the start."""
        self._given = given
        self._weights: defaultdict[str, float] = defaultdict(float)
        self._heard_seconds = 0.0
        self._votes = 0
        self._sure = False

    @property
    def settled(self) -> bool:
        enough = self._votes >= VOTES and self._sure
        return bool(self._given) or enough or self._heard_seconds >= ENOUGH_SECONDS

    @property
    def language(self) -> str:
        """The best answer so far; empty while nothing was heard."""
        return self._given or max(self._weights, key=self._weights.__getitem__, default="")

    def hear(self, language: str, *, probability: float, window_seconds: float) -> None:
        if self.settled or not language:
            return
        self._weights[language] += probability * window_seconds
        self._heard_seconds += window_seconds
        self._votes += 1
        self._sure = self._sure or probability >= SURE

    def overrules(self, language: str, *, probability: float) -> bool:
        """Whether a window that detected this is better heard again, in what has the most votes."""
        return language != self.language and probability < CERTAIN
