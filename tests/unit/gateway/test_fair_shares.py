"""At the door a long queue is told at once; behind it, short requests pass long files."""

import asyncio

import httpx

from gateway.settings import GatewaySettings
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.fakes.recognizer import FakeRecognizer

LONG = wav(200)
SHORT = wav(2)


async def test_a_short_request_is_answered_while_a_long_file_is_at_work() -> None:
    gateway = FakeGateway(settings=GatewaySettings(recognizer_slots=1), recognizer=FakeRecognizer(delay_seconds=0.05))
    async with gateway.client() as client:

        async def ask(content: bytes) -> int:
            response = await client.post(
                TRANSCRIPTIONS, data={"model": "whisper-1", "language": "en"}, files={"file": content}
            )
            return response.status_code

        long = asyncio.create_task(ask(LONG))
        while len(gateway.recognizer.calls) < 2:
            await asyncio.sleep(0.01)
        assert await ask(SHORT) == 200
        assert not long.done()
        assert await long == 200


async def test_a_queue_that_is_too_long_answers_429_with_the_wait_before_the_upload_is_read() -> None:
    gateway = FakeGateway(
        settings=GatewaySettings(recognizer_slots=1, longest_queue_wait_seconds=0.5),
        recognizer=FakeRecognizer(delay_seconds=0.2),
    )
    async with gateway.client() as client:

        async def ask(content: bytes) -> httpx.Response:
            return await client.post(
                TRANSCRIPTIONS, data={"model": "whisper-1", "language": "en"}, files={"file": content}
            )

        assert (await ask(SHORT)).status_code == 200
        long = asyncio.create_task(ask(LONG))
        while len(gateway.recognizer.calls) < 2:
            await asyncio.sleep(0.01)
        spools = len(gateway.spools)
        refused = await ask(SHORT)
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "overloaded"
        assert int(refused.headers["retry-after"]) >= 1
        assert len(gateway.spools) == spools
        assert (await long).status_code == 200
