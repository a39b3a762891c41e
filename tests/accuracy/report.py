"""The table that `make accuracy` prints, in Markdown.

What is compared is decided by `tests.accuracy.comparing`.
"""

from collections.abc import Mapping, Sequence

from tests.accuracy.scoring import Score
from tests.accuracy.verdict import JUDGED_FROM_WORDS, WORSE_BY_AT_MOST_POINTS, Compared
from tests.peers.lineup import COMPUTE_TYPE, EARSHOT_BEAM, MODEL

NOT_RUN = "–"


def report(rows: Sequence[Compared], *, guesses: Mapping[str, int], guessed: int) -> str:
    """Guesses: how often each recognizer detected the language rightly, in that many clips."""
    guesses_told = ", ".join(f"{name} {count}" for name, count in guesses.items())
    return "\n\n".join(
        [
            f"Word error rates, {MODEL}, {COMPUTE_TYPE}.",
            table(rows),
            *([f"Languages detected rightly in {guessed} clips: {guesses_told}."] if guesses else []),
            rule(),
        ]
    )


def table(rows: Sequence[Compared]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in (*row.rivals, *row.others)))
    header = ["set", "clips", "words", "Earshot", "sub / del / ins", *names, "difference", "verdict"]
    lines = [_line(header), _line(["---", *["---:"] * (len(header) - 2), "---"])]
    return "\n".join([*lines, *(_line(_cells(row, names)) for row in rows)])


def rule() -> str:
    return (
        "Difference: percentage points of word error rate against the best faster-whisper column at beam "
        f"{EARSHOT_BEAM}, "
        f"which is Earshot's own; at most {WORSE_BY_AT_MOST_POINTS} worse on sets of over {JUDGED_FROM_WORDS} words, "
        "nor sentences in long files than each by itself. "
        "Where nobody speaks the columns count invented words, and Earshot may invent none."
    )


def _cells(row: Compared, names: Sequence[str]) -> list[str]:
    scores = {**row.rivals, **row.others}
    return [
        row.title,
        str(row.clips),
        str(row.earshot.words),
        _rate(row.earshot),
        f"{row.earshot.substitutions} / {row.earshot.deletions} / {row.earshot.insertions}",
        *(_rate(scores[name]) if name in scores else NOT_RUN for name in names),
        f"{row.points_worse:+.2f}" if row.earshot.words else NOT_RUN,
        row.verdict,
    ]


def _rate(score: Score) -> str:
    return f"{100 * score.error_rate:.2f} %" if score.words else f"{score.insertions} invented"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
