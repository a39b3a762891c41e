"""Every program of examples/, run as a user runs it: on recorded speech, before the whole gateway and a real Triton."""

import ast
import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from cli.settings import CHECKOUT
from tests.clients.toolchains import go_for, node_with_packages
from tests.doors.events import read_events
from tests.speech.clips import Clip
from tests.stack.gateway import gateway_before
from tests.stack.triton import RunningTriton

EXAMPLES = CHECKOUT / "examples"
LANGUAGES = ("curl", "python", "node", "go")

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),  # Go compiles its client for a minute when it has never done so on this machine
]


@dataclass(frozen=True)
class Examples:
    language: str
    command: Callable[[str], list[str]]
    base_url: str

    async def start(self, name: str, clip: Clip) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.command(name),
            str(clip.path),
            env={**os.environ, "OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": "none"},
            stdout=subprocess.PIPE,
        )

    async def printed(self, name: str, clip: Clip) -> str:
        running = await self.start(name, clip)
        output, _ = await running.communicate()
        assert running.returncode == 0
        return output.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base_url(triton: RunningTriton) -> AsyncIterator[str]:
    async with gateway_before(triton) as settings:
        yield f"http://127.0.0.1:{settings.http_port}/v1"


@pytest.fixture(scope="module", params=LANGUAGES)
def examples(request: pytest.FixtureRequest, base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Examples:
    language: str = request.param
    folder = EXAMPLES / language
    return Examples(language, commands(folder, built=tmp_path_factory.mktemp(language)), base_url)


def commands(folder: Path, *, built: Path) -> Callable[[str], list[str]]:
    match folder.name:
        case "curl":
            return lambda name: [str(folder / f"{name}.sh")]
        case "python":
            return lambda name: [sys.executable, str(folder / f"{name}.py")]
        case "node":
            node = node_with_packages(folder)
            return lambda name: [node, str(folder / f"{name}.mjs")]
        case _:
            subprocess.run([go_for(folder), "build", "-o", built, "./..."], cwd=folder, check=True)
            return lambda name: [str(built / name)]


async def test_transcribe_prints_what_is_said(examples: Examples, beckett: Clip) -> None:
    printed = await examples.printed("transcribe", beckett)
    assert re.fullmatch(r".*ver tried\b.*ail better\W*\n", printed)


async def test_translate_prints_what_is_said_in_english(examples: Examples, beckett: Clip) -> None:
    before = translations()
    assert "ver tried" in await examples.printed("translate", beckett)
    assert translations() == before + 1


async def test_stream_prints_the_beginning_before_the_end_is_heard(examples: Examples, two_cities: Clip) -> None:
    running = await examples.start("stream", two_cities)
    assert running.stdout
    beginning = await running.stdout.read(1)
    assert requests_in_flight() == 1
    text = (beginning + await running.stdout.read()).decode()
    assert await running.wait() == 0
    if examples.language == "curl":
        *deltas, done, _ = read_events(text.encode())
        text = "".join(delta["delta"] for delta in deltas)
        assert text == done["text"]
    assert "worst of times" in text
    assert "direct to heaven" in text.lower()


async def test_words_prints_when_each_begins_and_ends(examples: Examples, beckett: Clip) -> None:
    printed = await examples.printed("words", beckett)
    if examples.language == "curl":
        words = [(word["start"], word["end"], word["word"]) for word in json.loads(printed)["words"]]
    else:
        lines = [re.fullmatch(r" *(\d+\.\d\d) +(\d+\.\d\d) (\S+)", line) for line in printed.splitlines()]
        words = [(float(line[1]), float(line[2]), line[3]) for line in lines if line]
        assert len(words) == len(lines)
    said = " ".join(word for _, _, word in words)
    assert re.search(r"ver tried\b.*ail better$", said)
    starts = [start for start, _, _ in words]
    assert starts == sorted(starts)
    assert all(start <= end <= beckett.duration_seconds for start, end, _ in words)
    assert starts[-1] > beckett.duration_seconds / 2


async def test_logprobs_prints_one_for_each_token(examples: Examples, beckett: Clip) -> None:
    printed = await examples.printed("logprobs", beckett)
    if examples.language == "curl":
        tokens = [(token["logprob"], token["token"]) for token in json.loads(printed)["logprobs"]]
    else:
        lines = [line.split(maxsplit=1) for line in printed.splitlines()]
        tokens = [(float(logprob), ast.literal_eval(token)) for logprob, token in lines]
    assert "ver tried" in "".join(token for _, token in tokens)
    assert min(logprob for logprob, _ in tokens) < 0
    assert max(logprob for logprob, _ in tokens) <= 0


async def test_subtitles_prints_cues(examples: Examples, beckett: Clip) -> None:
    printed = await examples.printed("subtitles", beckett)
    assert re.match(r"1\n00:00:0\d,\d{3} --> 00:00:\d\d,\d{3}\n.*ver tried", printed)
    assert printed.endswith("\n\n\n")


def translations() -> float:
    served = {"route": "/v1/audio/translations", "method": "POST", "status": "200"}
    return REGISTRY.get_sample_value("earshot_http_requests_total", served) or 0.0


def requests_in_flight() -> float:
    return REGISTRY.get_sample_value("earshot_http_requests_in_flight") or 0.0
