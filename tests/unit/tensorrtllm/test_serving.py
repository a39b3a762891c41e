"""How a server of TensorRT-LLM begins: with the engine of its own GPU, in a repository that says what it can do."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from tensorrtllm_engine import serving
from tensorrtllm_engine.building import CannotBuild
from tensorrtllm_engine.repository import lay_out
from tensorrtllm_engine.store import engine_folder
from tests.unit.tensorrtllm.conftest import GpuMachine

MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture
def engine(machine: GpuMachine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of an engine on a machine that has its GPU and its TensorRT-LLM."""
    monkeypatch.setenv("PATH", f"{machine.commands}:{os.defpath}")
    monkeypatch.setenv("PYTHONPATH", str(machine.root / "packages"))
    monkeypatch.setattr(serving, "POLL_SECONDS", 0.01)
    return engine_folder(
        machine.engines, tensorrt_llm="1.2.1", gpu="NVIDIA-A100-SXM4-80GB", model="whisper-large-v3-turbo"
    )


def test_a_server_waits_for_the_job_that_builds_its_engine(machine: GpuMachine, engine: Path) -> None:
    def finish() -> None:
        time.sleep(0.1)
        machine.build()

    job = threading.Thread(target=finish)
    job.start()
    assert serving.engine_for("whisper-large-v3-turbo", engines=machine.engines, wait_seconds=60) == engine
    job.join()


def test_a_server_without_an_engine_says_where_to_look(machine: GpuMachine, engine: Path) -> None:
    engine.mkdir(parents=True)  # a folder alone is no engine
    with pytest.raises(CannotBuild, match="look at the Job"):
        serving.engine_for("whisper-large-v3-turbo", engines=machine.engines, wait_seconds=0.05)


def test_nothing_that_runs_in_nvidias_image_needs_ctranslate2() -> None:
    """It is not there; NumPy and tokenizers are."""
    program = """
import sys, types
sys.modules |= dict.fromkeys(["ctranslate2", "pydantic", "tritonclient", "cli", "speechkit"])
sys.modules["triton_python_backend_utils"] = types.ModuleType("triton_python_backend_utils")
import tensorrtllm_engine.building, tensorrtllm_engine.serving, whisper_triton.tensorrt_llm
"""
    packages = ":".join(str(MODELS / folder / "src") for folder in ("tensorrtllm", "whisper_engine"))
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": packages})


def test_the_repository_advertises_what_tensorrt_llm_can_not_do(model_files: Path, tmp_path: Path) -> None:
    lay_out(tmp_path, model="multilingual", weights=model_files.parent, engine=Path("/engines/of/mine"))
    written = (tmp_path / "multilingual" / "config.pbtxt").read_text()
    config = text_format.Parse(written, model_config_pb2.ModelConfig())
    said = {name: value.string_value for name, value in config.parameters.items()}
    assert said["engine"] == "tensorrt_llm"
    assert (said["word_timestamps"], said["no_speech_prob"], said["logprobs"]) == ("false", "false", "true")
    assert said["max_beam"] == "1"
    assert config.instance_group[0].count * config.max_batch_size == 64  # the engine's batch, and what it is built for
    beside_the_model = tmp_path / "multilingual" / "1"
    assert (beside_the_model / "model.py").exists()
    # What it imports needs no installation into NVIDIA's image.
    assert (beside_the_model / "whisper_triton" / "tensorrt_llm.py").exists()
    assert (beside_the_model / "whisper_engine" / "generating.py").exists()


def test_the_engine_is_where_the_backend_looks_for_it(model_files: Path, tmp_path: Path) -> None:
    lay_out(tmp_path, model="multilingual", weights=model_files.parent, engine=Path("/engines/of/mine"))
    written = (tmp_path / "tensorrt_llm" / "config.pbtxt").read_text()
    config = text_format.Parse(written, model_config_pb2.ModelConfig())
    told = {name: value.string_value for name, value in config.parameters.items()}
    assert (told["gpt_model_path"], told["encoder_model_path"]) == (
        "/engines/of/mine/decoder",
        "/engines/of/mine/encoder",
    )
    assert config.backend == "tensorrtllm"
    assert "max_tokens_in_paged_kv_cache" not in told  # a low cap stalls the engine
    assert {"tokenizer_dir", "xgrammar_tokenizer_info_path", "guided_decoding_backend"} <= told.keys()
    assert (tmp_path / "tensorrt_llm" / "1").is_dir()
