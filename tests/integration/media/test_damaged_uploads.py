"""Damaged files through the whole door, with the real decoder: a transcript or words of refusal, and nothing stays."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import psutil
import pytest
import pytest_asyncio
from hypothesis import event, given
from hypothesis import strategies as st

from tests.doors.forms import Part, content_type, multipart
from tests.doors.gateway import TRANSCRIPTIONS
from tests.doors.lone_gateway import LoneGateway, running_alone
from tests.doors.waiting import until
from tests.fuzz.damage import Damage, damaged, damages
from tests.fuzz.effort import fuzz
from tests.media.damageable import CONTAINERS
from tests.media.family import only_the_spare_is_left
from tests.peers.memory import private_bytes

pytestmark = pytest.mark.asyncio(loop_scope="module")

WARM_UP = 5
"""Uploads of each kind, after which allocators and caches have what they want."""

ALLOWED_BYTES = 4 << 20
"""Measured: 0.6 to 0.9 MiB more after 1,200 files, 8 MiB less after 8,000; half of each file kept would be 5 MiB."""

POOL_THREADS = (os.cpu_count() or 1) + 4
"""Which asyncio starts as it needs them, the last perhaps long after the warm-up."""


@dataclass
class Door:
    gateway: LoneGateway
    client: httpx.AsyncClient
    statuses: Counter[int] = field(default_factory=Counter)

    async def send(self, content: bytes) -> httpx.Response:
        body = multipart(
            Part(name="model", content=b"whisper-1"), Part(name="file", filename="upload", content=content)
        )
        return await self.client.post(TRANSCRIPTIONS, content=body, headers=content_type())

    @property
    def decoder(self) -> psutil.Process:
        (zygote,) = self.gateway.process.children()
        return zygote

    async def at_rest(self) -> "Footprint":
        await until(lambda: only_the_spare_is_left(self.decoder))
        process = self.gateway.process
        return Footprint(private_bytes(process), process.num_fds() + self.decoder.num_fds(), process.num_threads())


@dataclass(frozen=True)
class Footprint:
    memory_bytes: int
    descriptors: int
    threads: int


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def door() -> AsyncIterator[Door]:
    with running_alone() as gateway:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
            yield Door(gateway, client)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def warm(door: Door) -> Footprint:
    for content in CONTAINERS * WARM_UP:
        assert (await door.send(content)).status_code == 200
        assert (await door.send(content[: len(content) // 8])).status_code in {200, 400}
    return await door.at_rest()


@fuzz(examples_in_ci=500)
@given(container=st.sampled_from(CONTAINERS), inflicted=damages())
async def test_a_damaged_file_is_transcribed_or_refused_in_words(
    door: Door, warm: Footprint, container: bytes, inflicted: list[Damage]
) -> None:
    response = await door.send(damaged(container, inflicted))
    door.statuses[response.status_code] += 1
    if response.status_code == 200:
        event("transcribed")
        assert isinstance(response.json()["text"], str)
        return
    error = response.json()["error"]
    event(error["message"])
    assert (response.status_code, error["param"]) == (400, "file")
    assert error["code"] in {"invalid_value", "audio_too_short"}


async def test_after_all_of_them_nothing_has_grown(door: Door, warm: Footprint) -> None:
    """Not the gateway, not its decoder; no descriptor, thread or process is left, and nothing unforeseen in the log."""
    assert min(door.statuses[200], door.statuses[400]) >= door.statuses.total() / 10
    after = await door.at_rest()
    grown_bytes = after.memory_bytes - warm.memory_bytes
    print(f"\n{door.statuses.total()} damaged files: {grown_bytes / 1024:+.0f} KiB")
    assert grown_bytes < ALLOWED_BYTES
    assert after.descriptors == warm.descriptors
    assert after.threads <= warm.threads + POOL_THREADS
    assert door.gateway.errors() == []
