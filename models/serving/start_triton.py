"""Becomes the tritonserver of a container: lays out its model repository, then runs Triton in its own place.

What it is told, like every service, by its environment; weights must lie in EARSHOT_WEIGHTS_DIR before.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from whisper_engine.triton_repository import lay_out_model, server_flags

HERE = Path(__file__).parent
RUN = Path("/run/triton")


def main() -> None:
    told = os.environ
    models = told.get("EARSHOT_MODELS", "whisper-base").split(",")
    weights = Path(told.get("EARSHOT_WEIGHTS_DIR", "/weights"))
    missing = [model for model in models if not (weights / model / "model.bin").exists()]
    if missing:
        sys.exit(f"{weights} has no weights of {', '.join(missing)}; `earshot models fetch` brings them.")
    instances = int(told.get("EARSHOT_INSTANCES", "1"))
    repository = RUN / "repository"
    shutil.rmtree(repository, ignore_errors=True)  # of the container before this one
    for model in models:
        lay_out_model(
            repository,
            template=HERE / "whisper",
            model=model,
            weights=weights,
            device="cuda" if told.get("EARSHOT_DEVICE") == "cuda" else "cpu",
            instances=instances,
        )
    command = ["tritonserver", *server_flags(repository=repository, backends=HERE / "backends", models=models)]
    os.execvpe(command[0], [*command, *connection_flags(told)], environment(told, weights, instances))  # noqa: S606


def connection_flags(told: Mapping[str, str]) -> list[str]:
    age_seconds = int(told.get("EARSHOT_CONNECTION_AGE_SECONDS", "60"))
    grace_seconds = int(told.get("EARSHOT_SHUTDOWN_GRACE_SECONDS", "25"))
    return [
        # Clients that are asked to connect anew look the name up again, and so find the replicas that were added.
        f"--grpc-max-connection-age={age_seconds * 1_000}",
        f"--grpc-max-connection-age-grace={600 * 1_000}",  # no window takes so long: none is cut off
        f"--exit-timeout-secs={grace_seconds}",
    ]


def environment(told: Mapping[str, str], weights: Path, instances: int) -> dict[str, str]:
    """Instances times threads is the cores: EARSHOT_THREADS is what all instances have together."""
    cores = int(told.get("EARSHOT_THREADS") or len(os.sched_getaffinity(0)))
    threads = str(max(1, cores // instances))
    return {**told, "EARSHOT_WEIGHTS_DIR": str(weights), "EARSHOT_THREADS": threads, "OMP_NUM_THREADS": threads}


if __name__ == "__main__":
    main()
