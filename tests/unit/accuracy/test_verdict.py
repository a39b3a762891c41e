"""A set fails when Earshot is worse than the best rival by more than half a point on over 500 words."""

import pytest

from tests.accuracy.report import table
from tests.accuracy.scoring import Score
from tests.accuracy.verdict import Compared, Verdict, failed


def compared(*, errors: int, rivals: list[int], words: int = 1_000, others: list[int] | None = None) -> Compared:
    return Compared(
        title="set",
        clips=1,
        earshot=Score(words=words, substitutions=errors),
        rivals={f"rival {number}": Score(words=words, substitutions=each) for number, each in enumerate(rivals)},
        others={f"other {number}": Score(words=words, substitutions=each) for number, each in enumerate(others or [])},
    )


@pytest.mark.parametrize(
    ("errors", "verdict"), [(95, Verdict.PASSED), (105, Verdict.PASSED), (106, Verdict.FAILED), (300, Verdict.FAILED)]
)
def test_half_a_point_is_allowed_and_more_is_not(errors: int, verdict: Verdict) -> None:
    assert compared(errors=errors, rivals=[100]).verdict is verdict


def test_the_best_rival_is_the_bar() -> None:
    row = compared(errors=110, rivals=[120, 100])
    assert row.points_worse == pytest.approx(1.0)
    assert row.verdict is Verdict.FAILED


def test_columns_that_are_only_shown_do_not_judge() -> None:
    assert compared(errors=100, rivals=[100], others=[10]).verdict is Verdict.PASSED


def test_a_small_set_is_shown_but_not_judged() -> None:
    row = compared(errors=400, rivals=[0], words=500)
    assert row.verdict is Verdict.NOT_JUDGED
    assert not failed([row])


@pytest.mark.parametrize(("words", "verdict"), [(0, Verdict.PASSED), (1, Verdict.INVENTED)])
def test_not_one_word_may_be_invented(words: int, verdict: Verdict) -> None:
    row = Compared(title="noise", clips=1, earshot=Score(insertions=words), rivals={"rival": Score(insertions=9)})
    assert row.verdict is verdict
    assert failed([row]) is bool(words)


def test_a_table_names_what_was_not_run() -> None:
    rows = [compared(errors=100, rivals=[100, 90]), compared(errors=1, rivals=[1])]
    lines = table(rows).splitlines()
    assert lines[0] == "| set | clips | words | Earshot | sub / del / ins | rival 0 | rival 1 | difference | verdict |"
    assert lines[2] == "| set | 1 | 1000 | 10.00 % | 100 / 0 / 0 | 10.00 % | 9.00 % | +1.00 | WORSE |"
    assert lines[3] == "| set | 1 | 1000 | 0.10 % | 1 / 0 / 0 | 0.10 % | – | +0.00 | ok |"
