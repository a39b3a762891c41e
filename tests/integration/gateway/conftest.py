"""The gateway on fakes behind a real uvicorn on a loopback port, in the test's own event loop."""

import os

import pytest

from tests.doors.gateway import FakeGateway


@pytest.fixture(autouse=True)
def _defaults_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EARSHOT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()
