"""Instances and batches by a GPU's memory: every row of the table fits, and configurations say what was chosen."""

import os
from pathlib import Path

import pytest

from whisper_engine.gpu_sizes import TABLE, GpuSizes, NoGpu, sizes_for, smallest_gpu_gib
from whisper_engine.triton_config import model_config_text

WEIGHTS_GIB, CUDA_GIB, WINDOW_GIB = 3.1, 1.0, 1.7
"""Of large-v3 in float16, with a beam of five: 32 layers, 1280 wide, 1500 and 448 positions, keys and values."""


def test_a_window_takes_what_the_table_says() -> None:
    layers, width, bytes_each = 32, 1280, 2
    keys_and_values = 2 * layers * width * bytes_each * (1500 + 448)
    assert 5 * keys_and_values / 2**30 < WINDOW_GIB


@pytest.mark.parametrize("row", TABLE[:-1])
def test_instances_with_full_batches_fit_into_the_memory(row: GpuSizes) -> None:
    assert row.instances * (WEIGHTS_GIB + CUDA_GIB + row.max_batch * WINDOW_GIB) < row.from_gib


@pytest.mark.parametrize(
    ("card", "mebibytes", "instances", "max_batch"),
    [
        ("T4", 15_360, 1, 4),
        ("L4", 23_034, 1, 8),
        ("A100 40 GB", 40_960, 1, 16),
        ("L40S", 46_068, 2, 8),
        ("H100 80 GB", 81_559, 2, 16),
        ("H200", 143_771, 2, 32),
        ("a small one", 4_096, 1, 1),
    ],
)
def test_known_cards(card: str, mebibytes: int, instances: int, max_batch: int) -> None:
    """With the memory that nvidia-smi tells of them."""
    sizes = sizes_for(mebibytes / 1024)
    assert (card, sizes.instances, sizes.max_batch) == (card, instances, max_batch)


def test_of_several_gpus_the_smallest_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 81559\necho 23034\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    assert smallest_gpu_gib() == pytest.approx(22.5, abs=0.1)


def test_a_machine_without_gpu_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoGpu, match=r"nvidia\.com/gpu"):
        smallest_gpu_gib()


def test_the_configuration_for_a_gpu_has_its_instances_and_batch(model_files: Path) -> None:
    template = 'backend: "python"\nmax_batch_size: 8\n'
    config = model_config_text(template, model_files, device="cuda", instances=2, max_batch=16)
    assert "kind: KIND_GPU count: 2" in config
    assert "max_batch_size: 16\n" in config
    assert "max_batch_size: 8\n" in model_config_text(template, model_files)
