"""Becomes the tritonserver of a container with a GPU: waits for its engine, lays out the models, runs Triton.

What it is told, like every service, by its environment. The engine is the Job's to build.
"""

import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tensorrtllm_engine.building import CannotBuild, gpu_product, say, tensorrt_llm_version
from tensorrtllm_engine.repository import BACKEND_MODEL, INSTANCES, lay_out
from tensorrtllm_engine.store import READY, engine_folder, read_ready
from whisper_engine.triton_repository import connection_flags, server_flags, tracing_flags

BACKENDS = Path("/opt/tritonserver/backends")
RUN = Path("/run/triton")
POLL_SECONDS = 5.0
SAY_SECONDS = 60.0


def main() -> None:
    told = os.environ
    model = told.get("EARSHOT_MODELS", "whisper-large-v3-turbo")
    if "," in model:
        sys.exit("One server has one engine: name one model in EARSHOT_MODELS.")
    weights = Path(told.get("EARSHOT_WEIGHTS_DIR", "/weights"))
    missing = [name for name in ("config.json", "tokenizer.json") if not (weights / model / name).exists()]
    if missing:
        sys.exit(f"{weights / model} has no {' and '.join(missing)}; `earshot models fetch {model}` brings them.")
    try:
        engine = engine_for(
            model,
            engines=Path(told.get("EARSHOT_ENGINES_DIR", "/engines")),
            wait_seconds=float(told.get("EARSHOT_ENGINE_WAIT_SECONDS", "3600")),
        )
    except CannotBuild as error:
        sys.exit(f"No engine to serve: {error}.")
    repository = RUN / "repository"
    shutil.rmtree(repository, ignore_errors=True)  # of the container before this one
    instances = int(told.get("EARSHOT_INSTANCES") or 0) or INSTANCES
    lay_out(repository, model=model, weights=weights, engine=engine, instances=instances)
    flags = server_flags(repository=repository, backends=BACKENDS, models=[BACKEND_MODEL, model])
    command = ["tritonserver", *flags, *connection_flags(told), *tracing_flags(told)]
    os.execvpe(command[0], command, {**told, **environment(weights)})  # noqa: S606


def engine_for(model: str, *, engines: Path, wait_seconds: float) -> Path:
    """The engine of this GPU, once its Job has written READY; raises CannotBuild when that takes too long."""
    folder = engine_folder(engines, tensorrt_llm=tensorrt_llm_version(), gpu=gpu_product(), model=model)
    deadline = time.monotonic() + wait_seconds
    said = -SAY_SECONDS
    while read_ready(folder) is None:
        if time.monotonic() > deadline:
            raise CannotBuild(f"{folder} has no {READY} after {wait_seconds:.0f} s: look at the Job that builds it")
        if time.monotonic() - said >= SAY_SECONDS:
            said = time.monotonic()
            say(f"waiting for {folder / READY}")
        time.sleep(POLL_SECONDS)
    return folder


def environment(weights: Path) -> Mapping[str, str]:
    """The models' processes only make features, one window after the other: more threads would fight for the cores."""
    return {"EARSHOT_WEIGHTS_DIR": str(weights), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
