"""A machine with a GPU and NVIDIA's image, as far as build_engine can tell: commands that know no flag too much."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.whisper_engine.conftest import write_model_files

BUILD_ENGINE = Path(__file__).parents[3] / "models" / "tensorrtllm" / "build_engine"
PARSERS = tomllib.loads(Path(__file__).with_name("parsers.toml").read_text())

PROGRAM = """#!{python}
import argparse, os, pathlib, sys
parser = argparse.ArgumentParser(allow_abbrev=False)
for name in {flags!r}:
    parser.add_argument("--" + name, choices={names!r} if name == "model_name" else None)
told = parser.parse_args()
{body}
"""
CONVERTER_BODY = """
if not pathlib.Path(told.model_dir, told.model_name + ".pt").exists():
    sys.exit("no such weights")
for part in ("encoder", "decoder"):
    pathlib.Path(told.output_dir, part).mkdir(parents=True)
    pathlib.Path(told.output_dir, part, "rank0.safetensors").write_text(told.dtype)
"""
BUILDER_BODY = """
if os.environ.get("BUILDER_FAILS"):
    sys.exit(3)
pathlib.Path(told.checkpoint_dir, "rank0.safetensors").read_text()
pathlib.Path(told.output_dir).mkdir(parents=True)
pathlib.Path(told.output_dir, "config.json").write_text("{}")
with open(os.environ["BUILDS"], "a") as builds:
    builds.write(told.output_dir + chr(10))
"""


@dataclass
class GpuMachine:
    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def commands(self) -> Path:
        return self.root / "bin"

    @property
    def engines(self) -> Path:
        return self.root / "engines"

    @property
    def weights(self) -> Path:
        return self.root / "weights" / "large-v3-turbo.pt"

    @property
    def built(self) -> int:
        """How many parts of engines."""
        return len(self._builds.read_text().splitlines()) if self._builds.exists() else 0

    @property
    def _builds(self) -> Path:
        return self.root / "builds"

    def have_gpus(self, *names: str) -> None:
        lines = "\n".join(f"echo '{name}'" for name in names)
        self._command("nvidia-smi", f"#!/bin/sh\n{lines}\n")

    def have_version(self, version: str) -> None:
        """A package of that version, as far as its metadata go."""
        metadata = self.root / "packages" / f"tensorrt_llm-{version}.dist-info" / "METADATA"
        for other in metadata.parents[1].glob("tensorrt_llm-*/METADATA"):
            other.unlink()
        metadata.parent.mkdir(parents=True, exist_ok=True)
        metadata.write_text(f"Metadata-Version: 2.1\nName: tensorrt_llm\nVersion: {version}\n")

    def build(self, *more: str) -> "subprocess.CompletedProcess[str]":
        arguments = [
            "--model",
            "whisper-large-v3-turbo",
            "--weights",
            str(self.weights),
            "--engines",
            str(self.engines),
        ]
        return subprocess.run(
            [sys.executable, BUILD_ENGINE, *arguments, "--converter", self.root / "convert_checkpoint.py", *more],
            env={
                "PATH": f"{self.commands}:{os.defpath}",
                "PYTHONPATH": str(self.root / "packages"),
                "BUILDS": str(self._builds),
                **self.variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self) -> None:
        self.weights.parent.mkdir()
        self.weights.write_bytes(b"weights")
        self.have_gpus("NVIDIA A100-SXM4-80GB")
        self.have_version("1.2.1")
        self._command("trtllm-build", _program("trtllm-build", BUILDER_BODY))
        (self.root / "convert_checkpoint.py").write_text(_program("convert_checkpoint", CONVERTER_BODY))

    def _command(self, name: str, text: str) -> None:
        self.commands.mkdir(exist_ok=True)
        (self.commands / name).write_text(text)
        (self.commands / name).chmod(0o755)


def _program(name: str, body: str) -> str:
    return PROGRAM.format(python=sys.executable, flags=PARSERS[name], names=PARSERS["model_names"], body=body)


@pytest.fixture
def machine(tmp_path: Path) -> GpuMachine:
    machine = GpuMachine(tmp_path)
    machine.install()
    return machine


@pytest.fixture(scope="session")
def model_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model named `multilingual`, but for its weights."""
    return write_model_files(tmp_path_factory.mktemp("models") / "multilingual")
