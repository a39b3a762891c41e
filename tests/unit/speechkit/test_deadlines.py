"""A deadline is told apart from other things that took too long."""

import asyncio

import pytest

from speechkit.domain.deadlines import deadline_at
from speechkit.domain.errors import DeadlineExceeded


def soon() -> float:
    return asyncio.get_running_loop().time() + 0.01


async def test_work_that_runs_into_its_deadline_is_cancelled_and_says_so() -> None:
    with pytest.raises(DeadlineExceeded, match="too late"):
        async with deadline_at(soon(), message="too late"):
            await asyncio.Event().wait()


async def test_work_that_is_done_in_time_is_left_alone() -> None:
    async with deadline_at(soon(), message="too late"):
        pass
    await asyncio.sleep(0.02)


async def test_a_time_out_below_is_not_taken_for_the_deadline() -> None:
    """Of a socket, for example: ETIMEDOUT is a TimeoutError, too."""
    with pytest.raises(TimeoutError, match="connection timed out"):
        async with deadline_at(soon(), message="too late"):
            raise TimeoutError("connection timed out")


async def test_a_deadline_can_be_lifted() -> None:
    async with deadline_at(soon(), message="too late") as limit:
        limit.reschedule(None)
        await asyncio.sleep(0.02)
