"""When Earshot is too inaccurate: the rule, and one set's scores held against it.

How scores come about is the matter of `tests.accuracy.scoring`, how they are shown of `tests.accuracy.report`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.accuracy.scoring import Score

WORSE_BY_AT_MOST_POINTS = 0.5
"""Than the best rival, and a long file than its pieces."""
JUDGED_FROM_WORDS = 500
"""On fewer words a single misheard one already moves the rate by a fifth of a point."""


class Verdict(StrEnum):
    PASSED = "ok"
    FAILED = "WORSE"
    LOST = "WORSE THAN ITS PIECES"
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
    pieces: Score | None = None
    """What Earshot made of the clips that these long files were joined from, each by itself."""

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
        if not _at_most(self.points_worse):
            return Verdict.FAILED
        if self.pieces and not _at_most(100 * (self.earshot.error_rate - self.pieces.error_rate)):
            return Verdict.LOST
        return Verdict.PASSED


def failed(rows: list[Compared]) -> bool:
    return any(row.verdict in (Verdict.FAILED, Verdict.LOST, Verdict.INVENTED) for row in rows)


def _at_most(points_worse: float) -> bool:
    # A rate is a ratio of counts: without a tolerance 0.5 points could fail by a rounding error.
    return points_worse <= WORSE_BY_AT_MOST_POINTS + 1e-9
