"""Becomes the tritonserver of a container: lays out its model repository, then runs Triton in its own place.

What it is told, like every service, by its environment; weights must lie in EARSHOT_WEIGHTS_DIR before.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from whisper_engine.gpu_sizes import NoGpu, sizes_for, smallest_gpu_gib
from whisper_engine.triton_repository import (
    ENGINE_ENVIRONMENT,
    connection_flags,
    lay_out_model,
    server_flags,
    tracing_flags,
)

HERE = Path(__file__).parent
RUN = Path("/run/triton")


def main() -> None:
    told = os.environ
    models = told.get("EARSHOT_MODELS", "whisper-base").split(",")
    weights = Path(told.get("EARSHOT_WEIGHTS_DIR", "/weights"))
    missing = [model for model in models if not (weights / model / "model.bin").exists()]
    if missing:
        sys.exit(f"{weights} has no weights of {', '.join(missing)}; `earshot models fetch` brings them.")
    device = "cuda" if told.get("EARSHOT_DEVICE") == "cuda" else "cpu"
    instances, max_batch = sizes(told, device)
    repository = RUN / "repository"
    shutil.rmtree(repository, ignore_errors=True)  # of the container before this one
    for model in models:
        lay_out_model(
            repository,
            template=HERE / "whisper",
            model=model,
            weights=weights,
            device=device,
            instances=instances,
            max_batch=max_batch,
        )
    flags = server_flags(repository=repository, backends=HERE / "backends", models=models)
    command = ["tritonserver", *flags, *connection_flags(told), *tracing_flags(told)]
    os.execvpe(command[0], command, environment(told, weights, instances))  # noqa: S606


def sizes(told: Mapping[str, str], device: str) -> tuple[int, int | None]:
    """Instances and windows a batch: what is told, else what is known of the device."""
    instances, max_batch = 1, None
    if device == "cuda":
        try:
            known = sizes_for(smallest_gpu_gib())
        except NoGpu as error:
            sys.exit(f"EARSHOT_DEVICE is cuda, but {error}")
        instances, max_batch = known.instances, known.max_batch
    # 0 is a chart's way to leave it to the device.
    return int(told.get("EARSHOT_INSTANCES") or 0) or instances, int(told.get("EARSHOT_MAX_BATCH") or 0) or max_batch


def environment(told: Mapping[str, str], weights: Path, instances: int) -> dict[str, str]:
    """Instances times threads is the cores: EARSHOT_THREADS is what all instances have together."""
    cores = int(told.get("EARSHOT_THREADS") or len(os.sched_getaffinity(0)))
    threads = str(max(1, cores // instances))
    return {
        **ENGINE_ENVIRONMENT,
        **told,
        "EARSHOT_WEIGHTS_DIR": str(weights),
        "EARSHOT_THREADS": threads,
        "OMP_NUM_THREADS": threads,
    }


if __name__ == "__main__":
    main()
