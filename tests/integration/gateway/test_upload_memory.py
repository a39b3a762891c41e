"""A long upload goes through a gateway that holds little of it, into real, sealed blobs."""

from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.doors.lone_gateway import running_alone

MIB = 2**20
SIZE_BYTES = 300 * MIB
ROOM_BYTES = 64 * MIB
TUS = {"tus-resumable": "1.0.0"}


def test_an_upload_of_300_mb_takes_no_memory_to_speak_of(tmp_path: Path) -> None:
    with running_alone(tmp_path) as gateway, httpx.Client(base_url=gateway.url, timeout=60) as client:
        warm_up = begun(client, MIB)
        assert patched(client, warm_up, iter([bytes(MIB)])) == 204
        at_first = highest = gateway.process.memory_info().rss

        def parts() -> Iterator[bytes]:
            nonlocal highest
            for _ in range(SIZE_BYTES // MIB):
                yield b"earshot!" * (MIB // 8)
                highest = max(highest, gateway.process.memory_info().rss)

        place = begun(client, SIZE_BYTES)
        assert patched(client, place, parts()) == 204
        assert client.head(place, headers=TUS).headers["upload-offset"] == str(SIZE_BYTES)
        kept = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
        print(f"{(highest - at_first) / MIB:.0f} MiB more at the most, {kept / MIB:.0f} MiB kept")
        assert kept > SIZE_BYTES
        assert highest - at_first < ROOM_BYTES
        assert client.delete(place, headers=TUS).status_code == 204
        assert sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) < 10 * MIB


def begun(client: httpx.Client, size_bytes: int) -> str:
    return client.post("/v1/uploads", headers=TUS | {"upload-length": str(size_bytes)}).headers["location"]


def patched(client: httpx.Client, place: str, parts: Iterator[bytes]) -> int:
    headers = TUS | {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
    return client.patch(place, headers=headers, content=parts).status_code
