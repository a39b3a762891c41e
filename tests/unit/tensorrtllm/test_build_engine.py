"""build_engine on a machine that seems to have a GPU: what it leaves, when it builds, and what it says otherwise."""

import json
from pathlib import Path

import pytest

from tensorrtllm_engine.commands import BUILD, CONVERT
from tests.unit.tensorrtllm.conftest import PARSERS, GpuMachine

FOLDER = Path("1.2.1", "NVIDIA-A100-SXM4-80GB", "whisper-large-v3-turbo-fp16-b64")


def folders(machine: GpuMachine) -> list[Path]:
    """All that lies at the place of engines."""
    return sorted(path.relative_to(machine.engines) for path in machine.engines.glob("*/*/*"))


def test_every_flag_is_one_that_the_parsers_of_tensorrt_llm_know() -> None:
    """The commands of the machine in these tests refuse any other, but only as far as they are reached."""
    used = {flag for part in BUILD.values() for flag in part} | {"--checkpoint_dir", "--output_dir"}
    assert used <= {f"--{name}" for name in PARSERS["trtllm-build"]}
    assert CONVERT.keys() <= {f"--{name}" for name in PARSERS["convert_checkpoint"]}


def test_an_engine_lies_under_its_version_gpu_and_model_and_says_what_it_is(machine: GpuMachine) -> None:
    built = machine.build()
    assert built.returncode == 0, built.stderr
    assert folders(machine) == [FOLDER]
    engine = machine.engines / FOLDER
    assert sorted(path.name for path in engine.iterdir()) == ["READY", "decoder", "encoder"]
    ready = json.loads((engine / "READY").read_text())
    assert (ready["tensorrt_llm"], ready["gpu"]) == FOLDER.parts[:2]
    assert ready["model"] == "whisper-large-v3-turbo"
    assert ready["build"]["decoder"]["--max_seq_len"] == "448"
    assert engine.stat().st_mode & 0o777 == 0o755  # servers run as another user than the Job


def test_an_engine_that_fits_is_not_built_again(machine: GpuMachine) -> None:
    machine.build()
    again = machine.build()
    assert again.returncode == 0
    assert "nothing to build" in again.stdout
    assert machine.built == 2


def test_other_weights_make_another_engine_in_place_of_the_old(machine: GpuMachine) -> None:
    machine.build()
    machine.weights.write_bytes(b"other weights")
    assert machine.build().returncode == 0
    assert machine.built == 4
    assert folders(machine) == [FOLDER]


@pytest.mark.parametrize("ready", ["", "{}", "not JSON"])
def test_an_engine_that_was_not_finished_is_built_anew(machine: GpuMachine, ready: str) -> None:
    machine.build()
    (machine.engines / FOLDER / "READY").write_text(ready)
    assert machine.build().returncode == 0
    assert machine.built == 4


def test_each_gpu_product_has_its_own(machine: GpuMachine) -> None:
    machine.build()
    machine.have_gpus("NVIDIA L4", "NVIDIA L4")
    assert machine.build().returncode == 0
    assert {folder.parts[1] for folder in folders(machine)} == {"NVIDIA-A100-SXM4-80GB", "NVIDIA-L4"}


def test_a_build_that_fails_leaves_the_engine_that_was_there_and_nothing_else(machine: GpuMachine) -> None:
    machine.build()
    machine.weights.write_bytes(b"other weights")
    machine.variables["BUILDER_FAILS"] = "yes"
    failed = machine.build()
    assert failed.returncode == 1
    assert "trtllm-build ended with 3" in failed.stdout
    assert folders(machine) == [FOLDER]
    assert (machine.engines / FOLDER / "READY").exists()


def test_weights_of_another_sum_are_refused_before_anything_is_built(machine: GpuMachine) -> None:
    refused = machine.build("--sha256", "0" * 64)
    assert refused.returncode == 1
    assert "fetch it again" in refused.stdout
    assert machine.built == 0


def test_weights_that_are_missing_are_named(machine: GpuMachine) -> None:
    machine.weights.unlink()
    refused = machine.build()
    assert refused.returncode == 1
    assert str(machine.weights) in refused.stdout


def test_a_machine_without_a_gpu_is_told_so(machine: GpuMachine) -> None:
    (machine.commands / "nvidia-smi").unlink()
    refused = machine.build()
    assert refused.returncode == 1
    assert "nvidia.com/gpu: 1" in refused.stdout


def test_two_products_in_one_pod_are_refused(machine: GpuMachine) -> None:
    machine.have_gpus("NVIDIA L4", "NVIDIA A100-SXM4-80GB")
    refused = machine.build()
    assert refused.returncode == 1
    assert "one GPU product" in refused.stdout


def test_another_version_of_tensorrt_llm_is_refused(machine: GpuMachine) -> None:
    """Its flags may be others, and so may be what they do."""
    machine.have_version("1.3.0")
    refused = machine.build()
    assert refused.returncode == 1
    assert "26.07-trtllm-python-py3" in refused.stdout


def test_an_image_without_the_converter_is_told_apart(machine: GpuMachine) -> None:
    (machine.root / "convert_checkpoint.py").unlink()
    refused = machine.build()
    assert refused.returncode == 1
    assert "--converter" in refused.stdout
