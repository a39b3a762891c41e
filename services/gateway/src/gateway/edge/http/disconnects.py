"""Work that ends with its client: when the connection goes, the work is cancelled, down to the model."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from speechkit.domain.errors import Cancelled

T = TypeVar("T")


def client_left() -> Cancelled:
    return Cancelled("The client closed the connection before the answer was ready.")


async def unless_client_leaves(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The work's result; raises Cancelled, when the work has been cancelled, as soon as the client is gone."""
    working = asyncio.create_task(work)
    watching = asyncio.create_task(disconnected(receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise client_left()
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def disconnected(receive: Receive) -> None:
    """Returns when the connection has ended."""
    while (await receive())["type"] != "http.disconnect":
        pass
