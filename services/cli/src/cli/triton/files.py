"""Lays out the files that tritonserver reads: the Python backend with the right stub, and one model's repository.

What a model's folder holds is the matter of `whisper_engine.triton_repository`.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cli.triton.environment import TritonEnvironment

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
    # Imported here: `earshot keys` and its like run where no engine is installed.
    from whisper_engine.triton_repository import lay_out_model

    files = TritonFiles(backends=directory / "backends", repository=directory / "repository")
    shutil.rmtree(directory, ignore_errors=True)
    _lay_out_backend(environment, files.backends / "python")
    lay_out_model(files.repository, template=template, model=model, weights=weights)
    return files


def _lay_out_backend(environment: TritonEnvironment, backend: Path) -> None:
    shutil.copytree(environment.backend, backend, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(environment.stub, backend / environment.stub.name)
    (backend / environment.stub.name).chmod(STUB_MODE)
