"""The gateway on fakes behind a real uvicorn on a loopback port, in the test's own event loop."""

import os
from collections.abc import Iterator

import pytest

from tests.doors.gateway import FakeGateway


@pytest.fixture(autouse=True, scope="module")
def _defaults_alone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("EARSHOT_")]:
            patch.delenv(name)
        yield


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()
