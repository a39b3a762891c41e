"""A long file is a stream: what it costs the gateway does not grow with its length."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.doors.lone_gateway import LoneGateway, running_alone
from tests.peers.memory import PeakMemory, tree_bytes
from tests.speech.audio import read_pcm, write_mp3
from tests.speech.clips import Clip

ALLOWED_BYTES = 150 * 1024 * 1024
TWO_HOURS_SECONDS = 7_200
UPLOAD_LIMIT_BYTES = 26_214_400


@pytest.fixture(scope="module")
def two_hours(two_cities: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same reading over and over, under the limit of an upload: MP3 frames may simply be joined."""
    folder = tmp_path_factory.mktemp("two-hours")
    once = folder / "once.mp3"
    pcm = read_pcm(two_cities.path)
    write_mp3(once, np.concatenate([pcm, np.zeros(16_000, np.int16)]), bits_per_second=24_000)
    repeats = -(-TWO_HOURS_SECONDS // (len(pcm) // 16_000 + 1))
    path = folder / "two-hours.mp3"
    path.write_bytes(once.read_bytes() * repeats)
    assert path.stat().st_size < UPLOAD_LIMIT_BYTES
    return path


@pytest.fixture
def lone_gateway() -> Iterator[LoneGateway]:
    with running_alone() as gateway:
        yield gateway


def transcribe(base_url: str, path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        response = httpx.post(
            f"{base_url}/v1/audio/transcriptions",
            data={"model": "whisper-1", "language": "en", "response_format": "verbose_json"},
            files={"file": file},
            timeout=300,
        )
    response.raise_for_status()
    body: dict[str, object] = response.json()
    return body


@pytest.mark.timeout(300)
def test_two_hours_cost_the_gateway_little_more_than_a_minute(
    lone_gateway: LoneGateway, two_hours: Path, two_cities: Clip
) -> None:
    """At most 150 MB over idle for the gateway and all its processes, the upload included, and nothing that stays."""
    process, base_url = lone_gateway.process, lone_gateway.url
    transcribe(base_url, two_cities.path)
    idle_bytes = tree_bytes(process)
    with PeakMemory(process.pid) as memory:
        transcript = transcribe(base_url, two_hours)
    assert transcript["duration"] == pytest.approx(TWO_HOURS_SECONDS, rel=0.02)
    # The upload lies in memory behind a descriptor, which stands in no process's map.
    cost_bytes = memory.peak_bytes - idle_bytes + two_hours.stat().st_size
    assert cost_bytes < ALLOWED_BYTES
    transcribe(base_url, two_cities.path)
    assert tree_bytes(process) - idle_bytes < ALLOWED_BYTES / 3
    print(f"\ntwo hours cost {cost_bytes / 2**20:.0f} MiB over {idle_bytes / 2**20:.0f} MiB idle")
