"""An endpoint that fails again and again is left alone, and then asked by one caller alone."""

import pytest

from postprocess.chat.breaker import FAILURES, REST_SECONDS, Breaker
from postprocess.chat.failures import ChatFailed, Trouble


def failed_breaker(*, at: float) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.check(at)
        breaker.failed(at)
    return breaker


def rests(breaker: Breaker, now: float) -> bool:
    try:
        breaker.check(now)
    except ChatFailed as failed:
        return failed.trouble is Trouble.RESTING
    return False


def test_failures_that_do_not_follow_one_another_open_nothing() -> None:
    breaker = Breaker()
    for _ in range(3 * FAILURES):
        breaker.failed(0.0)
        breaker.went_well()
    assert not rests(breaker, 0.0)


def test_it_rests_for_its_time_and_lets_one_try() -> None:
    breaker = failed_breaker(at=100.0)
    assert rests(breaker, 100.0)
    assert rests(breaker, 100.0 + REST_SECONDS - 0.1)
    assert not rests(breaker, 100.0 + REST_SECONDS)
    assert rests(breaker, 100.0 + REST_SECONDS), "one is let through, and the others wait for what becomes of it"


@pytest.mark.parametrize("well", [True, False])
def test_the_one_who_tries_decides_for_the_others(well: bool) -> None:
    breaker = failed_breaker(at=0.0)
    breaker.check(REST_SECONDS)
    if well:
        breaker.went_well()
    else:
        breaker.failed(REST_SECONDS + 1)
    assert rests(breaker, REST_SECONDS + 2) is not well
