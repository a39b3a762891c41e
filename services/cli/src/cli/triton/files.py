"""Lays out the files that tritonserver reads: the Python backend with the right stub, and one model's repository.

What stands in the model's configuration is the matter of `whisper_engine.triton_config` and its template.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cli.triton.environment import TritonEnvironment
from whisper_engine.triton_config import model_config_text

STUB_MODE = 0o755
"""The wheel holds the stub without its executable bit."""


@dataclass(frozen=True, kw_only=True)
class TritonFiles:
    backends: Path
    repository: Path


def lay_out(
    environment: TritonEnvironment, *, directory: Path, template: Path, model: str, weights: Path
) -> TritonFiles:
    """`template` is the model's folder under models/triton; anything from an earlier start is replaced."""
    files = TritonFiles(backends=directory / "backends", repository=directory / "repository")
    shutil.rmtree(directory, ignore_errors=True)
    _lay_out_backend(environment, files.backends / "python")
    model_directory = files.repository / model
    shutil.copytree(template / "1", model_directory / "1", ignore=shutil.ignore_patterns("__pycache__"))
    config = model_config_text((template / "config.pbtxt").read_text(), weights / model, device="cpu", instances=1)
    (model_directory / "config.pbtxt").write_text(config)
    return files


def _lay_out_backend(environment: TritonEnvironment, backend: Path) -> None:
    shutil.copytree(environment.backend, backend, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(environment.stub, backend / environment.stub.name)
    (backend / environment.stub.name).chmod(STUB_MODE)
