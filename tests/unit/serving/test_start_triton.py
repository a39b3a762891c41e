"""What a container's Triton starts with, by what it is told and the device that it finds."""

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "models" / "serving" / "start_triton.py"
Sizes = Callable[[Mapping[str, str], str], tuple[int, int | None]]


@pytest.fixture(scope="module")
def sizes() -> Sizes:
    spec = importlib.util.spec_from_file_location("start_triton", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Sizes = module.sizes
    return found


@pytest.fixture
def h100(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 81559\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")


@pytest.mark.parametrize("told", [{}, {"EARSHOT_INSTANCES": ""}, {"EARSHOT_INSTANCES": "0", "EARSHOT_MAX_BATCH": "0"}])
def test_a_processor_has_one_instance_and_the_batch_of_the_configuration(sizes: Sizes, told: dict[str, str]) -> None:
    assert sizes(told, "cpu") == (1, None)


@pytest.mark.usefixtures("h100")
def test_a_gpu_has_what_its_memory_holds(sizes: Sizes) -> None:
    assert sizes({"EARSHOT_INSTANCES": "0"}, "cuda") == (2, 16)


@pytest.mark.usefixtures("h100")
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_what_is_told_comes_first(sizes: Sizes, device: str) -> None:
    assert sizes({"EARSHOT_INSTANCES": "3", "EARSHOT_MAX_BATCH": "5"}, device) == (3, 5)


def test_a_gpu_that_is_missing_stops_the_start_with_a_reason(
    sizes: Sizes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"nvidia\.com/gpu"):
        sizes({}, "cuda")
