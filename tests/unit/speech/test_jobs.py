"""Which moves a job may make, and when a failed try is worth another."""

from datetime import UTC, datetime, timedelta

import pytest

from speechkit.domain.errors import InvalidRequest, Reason
from speechkit.domain.jobs import (
    FIRST_RETRY,
    LONGEST_RETRY,
    MAX_OUTAGE_TRIES,
    MAX_TRIES,
    MAY_PASS,
    MOVES,
    Job,
    JobState,
    next_try,
)
from speechkit.domain.options import TranscriptionOptions

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def test_only_a_failed_job_leaves_a_final_state() -> None:
    assert set(MOVES) == set(JobState)
    assert {state for state in JobState if state.final and MOVES[state]} == {JobState.FAILED}


def test_waits_double_up_to_a_limit_until_the_tries_are_used_up() -> None:
    waits = []
    for tries in range(1, MAX_TRIES):
        again = next_try(tries=tries, reason=Reason.RECOGNIZER_UNAVAILABLE, now=NOW)
        assert again is not None
        waits.append(again - NOW)
    assert waits[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert max(waits) <= LONGEST_RETRY
    assert next_try(tries=MAX_TRIES, reason=Reason.INTERNAL, now=NOW) is None


def test_an_outage_of_an_evening_fails_no_job() -> None:
    """Nor is it waited out for ever."""
    now = NOW
    for tries in range(1, MAX_OUTAGE_TRIES):
        again = next_try(tries=tries, reason=Reason.RECOGNIZER_UNAVAILABLE, now=now)
        assert again
        now = again
    assert timedelta(hours=4) < now - NOW < timedelta(hours=6)
    assert next_try(tries=MAX_OUTAGE_TRIES, reason=Reason.RECOGNIZER_UNAVAILABLE, now=now) is None


@pytest.mark.parametrize("reason", sorted(set(Reason) - MAY_PASS))
def test_what_cannot_pass_is_never_tried_again(reason: Reason) -> None:
    assert next_try(tries=1, reason=reason, now=NOW) is None


@pytest.mark.parametrize("key", ["", "k" * 256, "k\0"])
def test_an_idempotency_key_is_a_short_text_that_every_database_keeps(key: str) -> None:
    with pytest.raises(InvalidRequest, match="idempotency key"):
        Job(
            id="job_1",
            tenant="a",
            model="whisper-1",
            options=TranscriptionOptions(model="whisper-base"),
            audio_bytes=1,
            created_at=NOW - timedelta(days=1),
            idempotency_key=key,
        )
