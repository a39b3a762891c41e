"""The arithmetic of limits, at times of the test's own choosing."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechkit.domain.errors import InvalidRequest
from speechkit.domain.limits import DAY_SECONDS, KeyLimits, Limit, Usage, Verdict, admit, count, finish, renew

NOON = 20_000 * DAY_SECONDS + DAY_SECONDS / 2


class Counter:
    def __init__(self, **limits: int) -> None:
        self.limits = KeyLimits(**limits)
        self.usage = Usage()
        self.leases = 0

    def ask(self, now: float) -> Verdict:
        self.leases += 1
        self.usage, verdict = admit(self.usage, self.limits, lease=str(self.leases), lease_seconds=60, now=now)
        return verdict

    def finish(self, lease: str, *, audio_seconds: float, now: float) -> None:
        self.usage = finish(self.usage, lease=lease, audio_seconds=audio_seconds, now=now)


@settings(deadline=None)
@given(
    per_minute=st.integers(1, 1000),
    gaps=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=300),
)
def test_in_no_minute_are_there_more_than_a_full_bucket_and_what_it_gets_back(
    per_minute: int, gaps: list[float]
) -> None:
    counter, now, let_in = Counter(requests_per_minute=per_minute), NOON, []
    for gap in gaps:
        now += gap
        if counter.ask(now).refused_by is None:
            let_in.append(now)
    for index, start in enumerate(let_in):
        within = sum(1 for time in let_in[index:] if time < start + 60)
        assert within <= 2 * per_minute
    spent = [later - earlier for earlier, later in pairwise(let_in)]
    assert len(let_in) <= per_minute + sum(spent) * per_minute / 60 + 1


@settings(deadline=None)  # hundreds of requests in each example, on machines of any speed
@given(per_minute=st.integers(1, 300))
def test_a_rested_key_has_all_of_its_minute_and_then_the_honest_wait(per_minute: int) -> None:
    counter = Counter(requests_per_minute=per_minute)
    for left in reversed(range(per_minute)):
        verdict = counter.ask(NOON)
        assert (verdict.refused_by, verdict.remaining_requests) == (None, left)
    refused = counter.ask(NOON)
    assert refused.refused_by is Limit.REQUESTS_PER_MINUTE
    assert counter.ask(NOON + refused.retry_after_seconds * 0.9).refused_by
    assert counter.ask(NOON + refused.retry_after_seconds).refused_by is None


@pytest.mark.parametrize("jump_seconds", [-3_600, -7 * DAY_SECONDS, -1, 3_600, DAY_SECONDS])
def test_a_clock_that_jumps_locks_nobody_out(jump_seconds: float) -> None:
    counter = Counter(requests_per_minute=2, concurrent_requests=2)
    for _ in range(2):
        counter.ask(NOON)
    later = NOON + jump_seconds
    counter.ask(later)
    assert counter.ask(later + 60.1).refused_by is None


def test_audio_is_counted_by_days_of_utc() -> None:
    counter = Counter(audio_seconds_per_day=10)
    counter.finish("a", audio_seconds=10, now=NOON)
    refused = counter.ask(NOON)
    assert refused.refused_by is Limit.AUDIO_SECONDS_PER_DAY
    assert refused.retry_after_seconds == DAY_SECONDS / 2
    assert counter.ask(NOON + refused.retry_after_seconds - 1).refused_by
    assert counter.ask(NOON + refused.retry_after_seconds).refused_by is None


def test_the_longest_wait_is_the_one_that_is_told() -> None:
    """A client that waited for a free place would only learn that its day is over."""
    counter = Counter(requests_per_minute=1, concurrent_requests=1, audio_seconds_per_day=1)
    counter.ask(NOON)
    assert counter.ask(NOON).refused_by is Limit.REQUESTS_PER_MINUTE
    counter.finish("other", audio_seconds=1, now=NOON)
    assert counter.ask(NOON).refused_by is Limit.AUDIO_SECONDS_PER_DAY


def test_a_renewed_lease_lives_on() -> None:
    counter = Counter(concurrent_requests=1)
    counter.ask(NOON)
    counter.usage = renew(counter.usage, lease="1", lease_seconds=60, now=NOON + 50)
    assert counter.ask(NOON + 100).refused_by is Limit.CONCURRENT_REQUESTS
    assert counter.ask(NOON + 111).refused_by is None


@pytest.mark.parametrize("limit", [0, -1, 1_000_001])
def test_a_limit_that_makes_no_sense_is_refused(limit: int) -> None:
    with pytest.raises(InvalidRequest):
        KeyLimits(requests_per_minute=limit)


@settings(deadline=None)
@given(most=st.integers(1, 5), gaps=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=100))
def test_in_no_time_of_the_limit_happens_more_than_may_and_who_waits_as_told_gets_in(
    most: int, gaps: list[float]
) -> None:
    times: tuple[float, ...] = ()
    now, let_in = NOON, list[float]()
    for gap in gaps:
        now += gap
        times, wait = count(times, most=most, per_seconds=60, now=now)
        assert len(times) <= most
        if wait == 0:
            let_in.append(now)
        else:
            assert count(times, most=most, per_seconds=60, now=now + wait + 0.001)[1] == 0
    for first, later in zip(let_in, let_in[most:], strict=False):
        assert later - first >= 60 - 0.001


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    times, _ = count((), most=1, per_seconds=60, now=NOON)
    assert count(times, most=1, per_seconds=60, now=NOON - 3600)[1] == 0
