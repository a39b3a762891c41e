"""The model repository of a Triton with TensorRT-LLM: the contract's model under its own name, over `tensorrt_llm`."""

import shutil
from pathlib import Path

from whisper_engine.triton_config import model_config_text

TEMPLATES = Path(__file__).parents[2]
"""models/tensorrtllm, or where an image has it."""
PACKAGES = tuple(TEMPLATES.parent / "whisper_engine" / "src" / name for name in ("whisper_engine", "whisper_triton"))
"""What model.py imports. Triton's stub takes no PYTHONPATH, but a version's folder is on its path."""
BACKEND_MODEL = "tensorrt_llm"
INSTANCES = 8
"""Times max_batch_size of the contract's model: 64, which is what the engine is built for."""


def lay_out(repository: Path, *, model: str, weights: Path, engine: Path, instances: int = INSTANCES) -> None:
    """`weights` holds a folder for each model with its small files; `engine` has the folders encoder and decoder."""
    _copy_version("whisper", repository / model)
    for package in PACKAGES:
        (repository / model / "1" / package.name).symlink_to(package)
    template = (TEMPLATES / "whisper" / "config.pbtxt").read_text()
    config = model_config_text(template, weights / model, engine=BACKEND_MODEL, instances=instances)
    (repository / model / "config.pbtxt").write_text(config)
    _copy_version(BACKEND_MODEL, repository / BACKEND_MODEL)
    template = (TEMPLATES / BACKEND_MODEL / "config.pbtxt").read_text()
    (repository / BACKEND_MODEL / "config.pbtxt").write_text(template.replace("${engine}", str(engine)))


def _copy_version(template: str, directory: Path) -> None:
    shutil.copytree(TEMPLATES / template / "1", directory / "1", ignore=shutil.ignore_patterns("__pycache__"))
