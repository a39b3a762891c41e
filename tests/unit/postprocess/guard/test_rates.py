"""What the guard catches and what it takes for damage, held where it stands: docs/post-processing.md has the rates."""

import pytest

from tests.refinement.measuring import measure, seconds_for_long_speech
from tests.refinement.sets import Half

MISSED: dict[Half, int] = {"tuning": 0, "set_aside": 1}
ALARM_SHARES: dict[Half, float] = {"tuning": 0.005, "set_aside": 0.027}
"""0.02 is what is aimed at; nobody has looked at the answers that were set aside."""


@pytest.mark.parametrize("half", ["tuning", "set_aside"])
def test_damage_is_caught_and_faithful_answers_pass_as_often_as_the_page_says(half: Half) -> None:
    rates = measure(half)
    assert rates.damaging > 100
    assert rates.faithful > 150
    assert len(rates.missed) <= MISSED[half]
    assert rates.alarm_share <= ALARM_SHARES[half]


def test_a_long_chunk_is_judged_before_anybody_notices() -> None:
    assert seconds_for_long_speech() < 0.2
