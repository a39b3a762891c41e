"""The callers' examples for gRPC do what the documentation says that they do."""

import asyncio
import sys
from pathlib import Path

import pytest

from cli.settings import CHECKOUT
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.worker import at_work

EXAMPLES = CHECKOUT / "examples" / "grpc"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "speech.wav"
    file.write_bytes(wav(1.7))
    return file


async def test_the_example_prints_segments_and_what_they_count_for(gateway: FakeGateway, file: Path) -> None:
    output, _ = await run("transcribe.py", file, gateway)
    assert output.split("\n")[:2] == ["Hello 0.", "audio_seconds: 2"]


async def test_the_example_for_jobs_follows_one_and_prints_its_subtitles(gateway: FakeGateway, file: Path) -> None:
    async with at_work(gateway):
        output, states = await run("job.py", file, gateway)
    assert output == "1\n00:00:00,000 --> 00:00:01,700\nHello 0.\n\n\n"
    assert states.split()[-1] == "JOB_STATE_COMPLETED"


async def run(example: str, file: Path, gateway: FakeGateway) -> tuple[str, str]:
    async with gateway.served_grpc() as address:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLES / example),
            str(file),
            address,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await running.communicate()
    assert running.returncode == 0, errors.decode()
    return output.decode(), errors.decode()
