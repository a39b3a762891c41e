"""A gateway on fakes, and a client that talks to it without a socket."""

import os
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.doors.gateway import FakeGateway


@pytest.fixture(autouse=True)
def _defaults_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EARSHOT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest_asyncio.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.client() as client:
        yield client
