"""Work ends when its client does, and only then."""

import asyncio

import pytest
from starlette.types import Message

from gateway.edge.http.disconnects import unless_client_leaves
from speechkit.domain.errors import Cancelled, Overloaded


class Connection:
    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.watched = 0

    async def receive(self) -> Message:
        self.watched += 1
        try:
            await self.left.wait()
        finally:
            self.watched -= 1
        return {"type": "http.disconnect"}


class Work:
    ended = False
    cancelled = False

    async def forever(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            await asyncio.sleep(0)
            self.ended = True


async def test_the_result_passes_while_the_client_stays() -> None:
    async def answer() -> int:
        return 42

    connection = Connection()
    assert await unless_client_leaves(connection.receive, answer()) == 42
    assert connection.watched == 0


async def test_a_failure_passes_as_it_is() -> None:
    async def fail() -> None:
        raise Overloaded("busy")

    with pytest.raises(Overloaded):
        await unless_client_leaves(Connection().receive, fail())


async def test_a_client_that_leaves_cancels_the_work_before_the_error_is_raised() -> None:
    connection, work = Connection(), Work()
    asyncio.get_running_loop().call_later(0.01, connection.left.set)
    with pytest.raises(Cancelled):
        await unless_client_leaves(connection.receive, work.forever())
    assert work.cancelled
    assert work.ended


async def test_cancelling_from_outside_cancels_the_work_too() -> None:
    """A deadline, or the end of the server."""
    connection, work = Connection(), Work()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await unless_client_leaves(connection.receive, work.forever())
    assert work.ended
    assert connection.watched == 0
