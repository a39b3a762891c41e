"""The caller's example for gRPC does what the documentation says that it does."""

import asyncio
import sys
from pathlib import Path

from cli.settings import CHECKOUT
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway

EXAMPLE = CHECKOUT / "examples" / "grpc" / "transcribe.py"


async def test_the_example_prints_segments_and_what_they_count_for(gateway: FakeGateway, tmp_path: Path) -> None:
    file = tmp_path / "speech.wav"
    file.write_bytes(wav(1.7))
    async with gateway.served_grpc() as address:
        running = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLE), str(file), address, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await running.communicate()
    assert output.decode().split("\n")[:2] == ["Hello 0.", "audio_seconds: 2"]
    assert running.returncode == 0
