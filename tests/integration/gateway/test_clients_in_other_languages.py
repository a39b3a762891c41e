"""OpenAI's Node and Go clients against the running gateway: their programs in tests/clients pass, and leave nothing."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from cli.settings import CHECKOUT
from gateway.settings import GatewaySettings
from tests.clients.prompted_recognizer import HOLD, PromptedRecognizer
from tests.clients.toolchains import go_for, node_with_packages
from tests.doors.keyed_gateway import KeyedGateway
from tests.doors.waiting import until
from tests.unit.gateway.test_streams import phrases

CLIENTS = CHECKOUT / "tests" / "clients"


@dataclass(frozen=True)
class Place:
    """What the programs find in their environment: a gateway that asks for keys, a key, and a file with speech."""

    recognizer: PromptedRecognizer
    environment: dict[str, str]

    async def passes(self, *command: str | Path, folder: Path) -> None:
        running = await asyncio.create_subprocess_exec(*command, cwd=folder, env=os.environ | self.environment)
        assert await running.wait() == 0, "what failed is in the output above"

    async def nothing_is_left(self) -> None:
        """Clients that left while a window was held have ended its recognition."""
        held = {call.options.prompt for call in self.recognizer.calls if call.options.prompt.startswith(HOLD)}
        await until(lambda: self.recognizer.given_up == held)
        assert len(held) == 3
        assert self.recognizer.in_flight == 0


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    recognizer = PromptedRecognizer(says=lambda _: " Hello.")
    keyed = KeyedGateway()
    keyed.gateway.settings = GatewaySettings(max_upload_bytes=1 << 20)
    keyed.gateway.recognizer = recognizer
    secret, _ = await keyed.key()
    speech = tmp_path / "speech.wav"
    speech.write_bytes(phrases())
    async with keyed.gateway.served() as url:
        environment = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": secret, "SPEECH": str(speech)}
        yield Place(recognizer, environment)
    assert keyed.gateway.open_spools == 0


async def test_node(place: Place) -> None:
    folder = CLIENTS / "node"
    await place.passes(node_with_packages(folder), "--test", "--test-timeout=30000", folder=folder)
    await place.nothing_is_left()


@pytest.mark.timeout(600)  # Go compiles its client for a minute when it has never done so on this machine
async def test_go(place: Place) -> None:
    folder = CLIENTS / "go"
    await place.passes(go_for(folder), "test", "-count=1", "./...", folder=folder)
    await place.nothing_is_left()
