"""Whose window is next when several callers have windows in hand: fair by seconds of context, and short ones sooner.

Fair queueing with a virtual clock that goes as fast as each caller is served when all have their share. Pure: what is
done with a window is the matter of `crew`.
"""

from collections import Counter


class Turns:
    def __init__(self) -> None:
        self._clock = 0.0
        self._in_hand: Counter[str] = Counter()
        self._ends: dict[str, float] = {}
        """When, by that clock, what each owner has in hand is done."""

    def rank(self, owner: str, cost: float) -> float:
        """The lowest is next: a caller's own earlier windows come before it, but nobody else's whole file does."""
        end = max(self._clock, self._ends.get(owner, 0.0)) + cost
        self._ends[owner] = end
        self._in_hand[owner] += 1
        return end

    def done(self, owner: str, cost: float) -> None:
        self._clock += cost / len(self._in_hand)
        self._in_hand[owner] -= 1
        if not self._in_hand[owner]:
            del self._in_hand[owner], self._ends[owner]
