"""Builds the engine of this machine's GPU, unless one that fits is there: what the Job before the server runs.

It exits with 0 when an engine is there at the end, with 2 when it was told nonsense, with 1 when a step failed.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tensorrtllm_engine.commands import CONVERTER, IMAGE, TENSORRT_LLM, build_command, convert_command
from tensorrtllm_engine.store import Fingerprint, fits, folder_of, replaced

PARTS = ("encoder", "decoder")


class CannotBuild(Exception):
    """Why there is no engine; the message says what to do next."""


def main(arguments: Sequence[str] | None = None) -> int:
    told = parse(arguments)
    try:
        wanted = Fingerprint.of(
            gpu=gpu_product(),
            tensorrt_llm=tensorrt_llm_version(),
            model=told.model,
            weights_sha256=checked_sum(told.weights, told.sha256),
        )
        folder = folder_of(told.engines, wanted)
        if fits(folder, wanted):
            say(f"{folder} fits: nothing to build")
            return 0
        build(folder, wanted, weights=told.weights, converter=told.converter)
    except CannotBuild as error:
        say(f"no engine: {error}")
        return 1
    say(f"{folder} is ready")
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="build_engine", description="Builds Whisper's TensorRT-LLM engine for this machine's GPU."
    )
    parser.add_argument("--model", required=True, help="the Triton model's name, as whisper-large-v3-turbo")
    parser.add_argument("--weights", required=True, type=Path, help="OpenAI's file, as …/large-v3-turbo.pt")
    parser.add_argument("--sha256", default="", help="what the file's sum must be; any if left out")
    parser.add_argument("--engines", default="/engines", type=Path, help="the folder of all engines")
    parser.add_argument("--converter", default=CONVERTER, type=Path, help="TensorRT-LLM's convert_checkpoint.py")
    return parser.parse_args(arguments)


def gpu_product() -> str:
    """The first GPU's name with dashes, as the label nvidia.com/gpu.product has it."""
    try:
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        answer = subprocess.run(query, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotBuild(f"nvidia-smi finds no GPU ({error}): give the pod one with nvidia.com/gpu: 1") from error
    products = {line.strip().replace(" ", "-") for line in answer.stdout.splitlines() if line.strip()}
    if len(products) != 1:
        raise CannotBuild(f"an engine is for one GPU product, here are {sorted(products)}: give the pod one GPU")
    return products.pop()


def tensorrt_llm_version() -> str:
    """Of the package in the image, which must be the one that these flags are for."""
    program = "import importlib.metadata as m; print(m.version('tensorrt_llm'))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    version = answer.stdout.strip()
    if version != TENSORRT_LLM:
        found = version or "missing"
        raise CannotBuild(f"TensorRT-LLM here is {found}, the flags are for {TENSORRT_LLM}: run in {IMAGE}")
    return version


def checked_sum(weights: Path, wanted: str) -> str:
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CannotBuild(f"{weights} can't be read ({error.strerror}): mount OpenAI's weights there") from error
    if wanted and found != wanted:
        raise CannotBuild(f"{weights} has the sum {found}, not {wanted}: fetch it again")
    return found


def build(folder: Path, wanted: Fingerprint, *, weights: Path, converter: Path) -> None:
    if not converter.exists():
        raise CannotBuild(f"{converter} is not there: run in NVIDIA's image, or name it with --converter")
    try:
        with replaced(folder, wanted) as building:
            checkpoint = building / "checkpoint"
            run(convert_command(weights=weights, checkpoint=checkpoint, converter=converter))
            for part in PARTS:
                run(build_command(part, checkpoint=checkpoint, engine=building))
                if not (building / part / "config.json").exists():
                    raise CannotBuild(f"trtllm-build ended well but left no {part}: see its output above")
            shutil.rmtree(checkpoint)  # as large as the engine, and of no more use
    except OSError as error:
        raise CannotBuild(f"{error.filename or folder}: {error.strerror}; an engine takes some GB there") from error


def run(command: Sequence[str]) -> None:
    say(" ".join(command))
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError as error:
        raise CannotBuild(f"{command[0]} is not here: run in NVIDIA's image") from error
    except subprocess.CalledProcessError as error:
        raise CannotBuild(
            f"{Path(command[0]).name} ended with {error.returncode}: its output above says why"
        ) from error


def say(line: str) -> None:
    print(f"build_engine: {line}", flush=True)
