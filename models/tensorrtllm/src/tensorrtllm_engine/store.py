"""Where an engine lies, and how it is told that it is whole and fits: <engines>/<TensorRT-LLM>/<GPU>/<model>-fp16-b64.

An engine works on the GPU product and the TensorRT-LLM that it was built with, and nowhere else.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp

from tensorrtllm_engine.commands import BUILD, CONVERT, MAX_BATCH

READY = "READY"
"""Written last, with the fingerprint in it. Without it an engine is none."""


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What an engine depends on; whatever changes it makes another engine."""

    gpu: str
    """The product, as NVIDIA's device plugin labels a node: NVIDIA-A100-SXM4-80GB."""
    tensorrt_llm: str
    model: str
    weights_sha256: str
    convert: Mapping[str, str]
    build: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, *, gpu: str, tensorrt_llm: str, model: str, weights_sha256: str) -> "Fingerprint":
        return cls(
            gpu=gpu,
            tensorrt_llm=tensorrt_llm,
            model=model,
            weights_sha256=weights_sha256,
            convert=dict(CONVERT),
            build={part: dict(flags) for part, flags in BUILD.items()},
        )


def engine_folder(engines: Path, *, tensorrt_llm: str, gpu: str, model: str) -> Path:
    return engines / tensorrt_llm / gpu / f"{model}-fp16-b{MAX_BATCH}"


def folder_of(engines: Path, wanted: Fingerprint) -> Path:
    return engine_folder(engines, tensorrt_llm=wanted.tensorrt_llm, gpu=wanted.gpu, model=wanted.model)


def fits(folder: Path, wanted: Fingerprint) -> bool:
    """Whether there is a whole engine of just this fingerprint."""
    return read_ready(folder) == asdict(wanted)


def read_ready(folder: Path) -> object:
    """The fingerprint of the engine there; None where there is none, or one that is not whole."""
    try:
        return json.loads((folder / READY).read_text())
    except (OSError, ValueError):
        return None


@contextmanager
def replaced(folder: Path, wanted: Fingerprint) -> Iterator[Path]:
    """A folder beside to build in, which takes the engine's place in one rename once the block has ended well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    aside = building.with_name(f"{building.name}-old")
    try:
        yield building
        (building / READY).write_text(json.dumps(asdict(wanted), indent=2) + "\n")
        building.chmod(0o755)  # mkdtemp's folder is its owner's alone, and servers run as others
        if folder.exists():
            folder.rename(aside)  # a folder that is not empty can't be renamed over
        building.rename(folder)
    except OSError:
        if not fits(folder, wanted):  # else another Job was faster, and its engine is as good
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)
