"""Clients that generators make from /openapi.json, by the commands of docs/clients.md, against the running gateway."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.settings import CHECKOUT
from gateway.settings import GatewaySettings
from tests.clients.toolchains import go_for, node_with_packages
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.keyed_gateway import KeyedGateway

PROGRAMS = CHECKOUT / "tests" / "clients" / "generated"
DESCRIPTION = CHECKOUT / "tests" / "golden" / "openapi.json"
DOCUMENTATION = CHECKOUT / "docs" / "clients.md"

GENERATORS = {
    "python": "openapi-python-client generate --path openapi.json --meta none --output-path earshot_client",
    "typescript": "node generate.mjs",
    "go": "go tool oapi-codegen -generate types,client -package earshot -o earshot/earshot.go openapi.json",
}
SHOWN = ["python/transcribe.py", "typescript/generate.mjs", "typescript/client.ts", "typescript/transcribe.ts",
         "go/transcribe/main.go"]  # fmt: skip

REGISTRY = """
[[models]]
name = "org/whisper"
triton_model = "whisper-base"
aliases = ["whisper-1"]
"""

EVERY_CALL = """\
org/whisper whisper-1
org/whisper earshot
Hello 0. 2 -0.25
english  Hello 1. Hello 1
translate Hello 2.
404 invalid_request_error null model_not_found
400 invalid_request_error language invalid_language_format
404 invalid_request_error model model_not_found
401 invalid_request_error null null
"""
"""What `calls` prints in every language: nine answers, all of them read through the generated types."""

pytestmark = pytest.mark.timeout(
    600
)  # Go compiles its generator for a minute when it has never done so on this machine


@dataclass
class GeneratedClient:
    """Programs on a client that was generated, and checked as strictly as its language can, in a folder of its own."""

    language: str
    folder: Path
    command: Callable[[str], list[str]] = field(init=False)

    def __post_init__(self) -> None:
        shutil.copytree(PROGRAMS / self.language, self.folder, dirs_exist_ok=True)
        shutil.copy(DESCRIPTION, self.folder)
        match self.language:
            case "python":
                self._run(GENERATORS["python"])
                # What the generator writes beside our types is not as strict as that.
                self._run("mypy --strict --no-incremental --follow-imports=silent transcribe.py calls.py")
                self.command = lambda name: [sys.executable, f"{name}.py"]
            case "typescript":
                node = node_with_packages(self.folder)
                self._run(GENERATORS["typescript"])
                self._run("node_modules/.bin/tsc --project .")
                self.command = lambda name: [node, f"{name}.js"]
            case "go":
                go_for(self.folder)
                (self.folder / "earshot").mkdir()
                self._run(GENERATORS["go"])
                self._run("go vet ./... && go build -o built/ ./...")
                self.command = lambda name: [f"built/{name}"]

    async def prints(self, program: str, *arguments: str) -> str:
        speech = self.folder / "speech.wav"
        speech.write_bytes(wav(1.7))
        running = await asyncio.create_subprocess_exec(
            *self.command(program), str(speech), *arguments, cwd=self.folder, stdout=subprocess.PIPE
        )
        output, _ = await running.communicate()
        assert running.returncode == 0, "what failed is in the output above"
        return output.decode()

    def _run(self, command: str) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(command, shell=True, check=True, cwd=self.folder, env=os.environ | {"PATH": path})


@pytest.fixture(scope="module", params=GENERATORS)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GeneratedClient:
    return GeneratedClient(request.param, tmp_path_factory.mktemp(request.param))


async def test_the_program_of_the_documentation_prints_words_and_their_times(
    client: GeneratedClient, gateway: FakeGateway
) -> None:
    async with gateway.served() as url:
        assert await client.prints("transcribe", url) == "   0.00 Hello\n   0.85 0\n"


async def test_every_call_and_every_refusal_is_typed(client: GeneratedClient, tmp_path: Path) -> None:
    registry = tmp_path / "models.toml"
    registry.write_text(REGISTRY)
    keyed = KeyedGateway()
    keyed.gateway.settings = GatewaySettings(served_models=registry)
    secret, _ = await keyed.key()
    async with keyed.gateway.served() as url:
        assert await client.prints("calls", url, secret) == EVERY_CALL


@pytest.mark.parametrize("program", SHOWN)
def test_the_documentation_shows_the_program_as_it_is(program: str) -> None:
    assert f"\n{(PROGRAMS / program).read_text()}```\n" in DOCUMENTATION.read_text("utf-8")


@pytest.mark.parametrize("command", GENERATORS.values(), ids=GENERATORS)
def test_the_documentation_shows_the_command_that_generates(command: str) -> None:
    assert f"\n{command}\n" in DOCUMENTATION.read_text("utf-8")
