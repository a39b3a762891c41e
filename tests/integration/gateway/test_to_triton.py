"""The whole gateway, put together as it is in production, in front of a real Triton."""

import asyncio
import json
import re
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest_asyncio
from prometheus_client import REGISTRY

from tests.doors.forms import Part, content_type, multipart
from tests.doors.gateway import TRANSCRIPTIONS
from tests.doors.grpc_calls import audio, raw_pcm, transcribe
from tests.doors.waiting import until
from tests.speech.audio import read_pcm, write_wav
from tests.speech.clips import Clip
from tests.stack.gateway import WINDOWS_IN_FLIGHT, gateway_before
from tests.stack.triton import RunningTriton

WINDOWS_ENDED = r"^earshot_whisper_(?:windows|failures)_total\{.*\} (\S+)$"


@dataclass(frozen=True)
class ServedGateway:
    port: int
    grpc_port: int
    triton: RunningTriton

    async def upload(
        self, sound: bytes, *, path: str = TRANSCRIPTIONS, **fields: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which the request has been sent and the answer is to come."""
        asked = [Part(name=name, content=value.encode()) for name, value in ({"model": "whisper-1"} | fields).items()]
        body = multipart(*asked, Part(name="file", filename="a.wav", content=sound))
        head = f"POST {path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {len(body)}\r\n"
        head += f"Content-Type: {content_type()['content-type']}\r\nConnection: close\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head.encode() + body)
        await writer.drain()
        return reader, writer

    async def windows_at_triton(self) -> float:
        """Recognized or given up, since Triton started."""
        page = await asyncio.to_thread(lambda: urllib.request.urlopen(self.triton.metrics_url).read().decode())
        return sum(float(value) for value in re.findall(WINDOWS_ENDED, page, re.MULTILINE))


def gauge(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def cancelled_windows() -> float:
    return REGISTRY.get_sample_value("earshot_windows_total", {"model": "whisper-base", "outcome": "cancelled"}) or 0.0


@pytest_asyncio.fixture
async def served(triton: RunningTriton) -> AsyncIterator[ServedGateway]:
    async with gateway_before(triton) as settings:
        yield ServedGateway(settings.http_port, settings.grpc_port, triton)


async def test_speech_becomes_its_text(served: ServedGateway, beckett: Clip) -> None:
    reader, writer = await served.upload(beckett.path.read_bytes())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 200 ")
    assert "ver tried" in answer


async def test_raw_samples_become_their_text(served: ServedGateway, beckett: Clip) -> None:
    """Over gRPC, in parts of a tenth of a second, as a microphone would send them."""
    samples = read_pcm(beckett.path).astype("<i2").tobytes()
    answer = await transcribe(f"127.0.0.1:{served.grpc_port}", [raw_pcm(), *audio(samples, part_bytes=3_200)])
    assert answer.transcript
    assert "ver tried" in answer.transcript.text
    assert answer.transcript.text == "".join(segment.text for segment in answer.segments).strip()


async def test_speech_is_streamed_with_the_log_probabilities_of_its_tokens(
    served: ServedGateway, two_cities: Clip
) -> None:
    """Tokens joined are the text, byte for byte, also where windows were joined."""
    asked = {"stream": "true", "include[]": "logprobs", "language": "en"}
    reader, writer = await served.upload(two_cities.path.read_bytes(), **asked)
    answer = (await reader.read()).decode()
    writer.close()
    events = [json.loads(line) for line in re.findall(r"^data: (\{.*\})\r$", answer, re.MULTILINE)]
    *deltas, done = events
    assert len(deltas) > 1
    assert "".join(delta["delta"] for delta in deltas) == done["text"]
    assert bytes(byte for token in done["logprobs"] for byte in token["bytes"]).decode().strip() == done["text"]
    assert all(token["logprob"] <= 0 for token in done["logprobs"])


async def test_translation_is_verbose_json_in_english(served: ServedGateway, beckett: Clip) -> None:
    asked = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
    reader, writer = await served.upload(beckett.path.read_bytes(), path="/v1/audio/translations", **asked)
    body = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
    writer.close()
    assert (body["task"], body["language"]) == ("translate", "english")
    assert "ver tried" in body["text"]
    assert body["words"]


async def test_a_client_that_goes_away_frees_triton(served: ServedGateway, two_cities: Clip, tmp_path: Path) -> None:
    """Three minutes of speech, left after the first windows: those under way end, and no other is begun."""
    long_file = tmp_path / "long.wav"
    write_wav(long_file, np.tile(read_pcm(two_cities.path), 4))
    before = await served.windows_at_triton()
    cancelled_before = cancelled_windows()
    _, writer = await served.upload(long_file.read_bytes())
    await until(lambda: gauge("earshot_windows_in_flight") == WINDOWS_IN_FLIGHT, timeout_seconds=30)
    writer.close()
    await until(lambda: gauge("earshot_windows_in_flight") == 0)
    assert cancelled_windows() > cancelled_before
    await asyncio.sleep(2)
    ended = await served.windows_at_triton() - before
    await asyncio.sleep(2)
    assert await served.windows_at_triton() - before == ended <= 2 * WINDOWS_IN_FLIGHT
