"""Data directories for stacks under test: their own in all but the weights and the sample, which are fetched once."""

from pathlib import Path

import pytest

from cli.settings import CHECKOUT
from cli.triton.environment import TritonUnavailable, find_triton

TRITON_VENV = CHECKOUT / ".venv" / "triton"


@pytest.fixture(scope="session")
def needs_triton() -> None:
    try:
        find_triton(TRITON_VENV)
    except TritonUnavailable as error:
        pytest.skip(f"no Triton on this machine: {error}")


@pytest.fixture(scope="module")
def shared_data_dir(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("stack"), weights_dir)


@pytest.fixture
def data_dir(weights_dir: Path, tmp_path: Path) -> Path:
    return fill(tmp_path / "var", weights_dir)


def fill(directory: Path, weights_dir: Path) -> Path:
    samples = CHECKOUT / "var" / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    directory.mkdir(exist_ok=True)
    (directory / "models").symlink_to(weights_dir)
    (directory / "samples").symlink_to(samples)
    return directory
