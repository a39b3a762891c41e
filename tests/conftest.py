"""Fixtures of the whole suite: weights, a real Triton, recorded speech.

Weights are fetched once into the checkout's own `var`, by the same code that serves people, and stay there.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.settings import CHECKOUT
from cli.triton.environment import TritonEnvironment, TritonUnavailable, find_triton
from cli.weights.lock import Lock, read_lock
from cli.weights.store import BundleStore
from tests.stack.tensorrtllm import run_tensorrtllm
from tests.stack.triton import RunningTriton, run_triton

pytest_plugins = ["tests.speech.fixtures", "tests.stores.fixtures"]

TRITON_VENV = CHECKOUT / ".venv" / "triton"
TRITON_MODEL = "whisper-base"


@pytest.fixture(scope="session")
def models_lock() -> Lock:
    return read_lock(CHECKOUT / "models" / "models.lock")


@pytest.fixture(scope="session")
def weights_dir(models_lock: Lock) -> Path:
    """The folder that holds whisper-base and whisper-tiny.en, each in a folder of its name."""
    directory = CHECKOUT / "var" / "models"
    store = BundleStore(directory)
    for name in ("whisper-base", "whisper-tiny.en"):
        store.ensure(models_lock.models[name])
    return directory


@pytest.fixture(scope="session")
def triton_environment() -> TritonEnvironment:
    try:
        return find_triton(TRITON_VENV)
    except TritonUnavailable as error:
        pytest.skip(f"no Triton on this machine: {error}")


@pytest.fixture(scope="session")
def triton(
    triton_environment: TritonEnvironment, weights_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningTriton]:
    """A real Triton with whisper-base, started and supervised as `earshot serve` does, one for the session."""
    data_dir = tmp_path_factory.mktemp("triton")
    with run_triton(triton_environment, model=TRITON_MODEL, weights=weights_dir, data_dir=data_dir) as running:
        yield running


@pytest.fixture(scope="session")
def tensorrtllm(
    triton_environment: TritonEnvironment, weights_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningTriton]:
    """The same with the models for TensorRT-LLM, before a stand-in for its engine, which needs a GPU."""
    data_dir = tmp_path_factory.mktemp("tensorrtllm")
    with run_tensorrtllm(triton_environment, model=TRITON_MODEL, weights=weights_dir, data_dir=data_dir) as running:
        yield running
