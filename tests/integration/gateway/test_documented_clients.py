"""The Python examples of docs/clients.md do what they say, against the running gateway."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway

PAGE = Path(__file__).parents[3] / "docs" / "clients.md"
SERVER = "http://127.0.0.1:8080"
EXAMPLES = [
    block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL) if SERVER in block
]
PRINTS = ["Hello 0.", "0.50 0", "-0.250 ' Hello'"]


@pytest.mark.parametrize(
    ("example", "printed"), list(zip(EXAMPLES, PRINTS, strict=True)), ids=["stream", "words", "logprobs"]
)
async def test_example_runs_as_it_stands(gateway: FakeGateway, tmp_path: Path, example: str, printed: str) -> None:
    (tmp_path / "talk.mp3").write_bytes(wav(1))
    async with gateway.served() as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", example.replace(SERVER, url), cwd=tmp_path, stdout=subprocess.PIPE
        )
        output, _ = await process.communicate()
    assert process.returncode == 0
    assert printed in output.decode()
