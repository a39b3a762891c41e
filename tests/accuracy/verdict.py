"""When Earshot is too inaccurate: the rule, and one set's scores held against it.

How scores come about is the matter of `tests.accuracy.scoring`, how they are shown of `tests.accuracy.report`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.accuracy.scoring import Score

WORSE_BY_AT_MOST_POINTS = 0.5
JUDGED_FROM_WORDS = 500
"""On fewer words a single misheard one already moves the rate by a fifth of a point."""


class Verdict(StrEnum):
    PASSED = "ok"
    FAILED = "WORSE"
    INVENTED = "INVENTED"
    NOT_JUDGED = "too few words"


@dataclass(frozen=True, kw_only=True)
class Compared:
    title: str
    clips: int
    earshot: Score
    rivals: Mapping[str, Score]
    """Same weights, same beam: the best of them is the bar."""
    others: Mapping[str, Score] = field(default_factory=dict)
    """Shown only."""

    @property
    def points_worse(self) -> float:
        """Percentage points above the best rival; below zero where Earshot is better."""
        return 100 * (self.earshot.error_rate - min(rival.error_rate for rival in self.rivals.values()))

    @property
    def verdict(self) -> Verdict:
        if not self.earshot.words:
            return Verdict.INVENTED if self.earshot.insertions else Verdict.PASSED
        if self.earshot.words <= JUDGED_FROM_WORDS:
            return Verdict.NOT_JUDGED
        # A rate is a ratio of counts: without a tolerance 0.5 points could fail by a rounding error.
        return Verdict.PASSED if self.points_worse <= WORSE_BY_AT_MOST_POINTS + 1e-9 else Verdict.FAILED


def failed(rows: list[Compared]) -> bool:
    return any(row.verdict in (Verdict.FAILED, Verdict.INVENTED) for row in rows)
