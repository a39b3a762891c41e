"""The model repository that a tritonserver of this engine reads, and the flags that it is started with anywhere.

Where it listens, and what happens when it ends, is up to who starts it: `earshot serve`, or a container.
"""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from whisper_engine.triton_config import model_config_text

STUB_SECONDS = 300
"""Triton gives a model's process 30 s to load its weights, and hangs for ever when they are over (seen with 2.51)."""

SHARED_MEMORY_BYTES = 16 << 20
"""A window is 1.92 MB; Triton's default of 1 MB would grow in small steps."""

FREED_BYTES_KEPT = str(1 << 30)
ENGINE_ENVIRONMENT = {
    # The engine's workers share the cores: no thread of a library may spin on one that another worker needs.
    "OMP_WAIT_POLICY": "PASSIVE",
    "OPENBLAS_NUM_THREADS": "1",
    # What a step frees the next one takes again, and the system would clear each page of it anew.
    "MALLOC_MMAP_THRESHOLD_": FREED_BYTES_KEPT,
    "MALLOC_TRIM_THRESHOLD_": FREED_BYTES_KEPT,
}
"""What Triton and its model start with; libraries read it when they are loaded (figures in docs/performance.md)."""


def lay_out_model(
    repository: Path,
    *,
    template: Path,
    model: str,
    weights: Path,
    device: str = "cpu",
    instances: int = 1,
    max_batch: int | None = None,
) -> None:
    """`template` is the model's folder under models/triton; `weights` holds a folder for each model."""
    directory = repository / model
    shutil.copytree(template / "1", directory / "1", ignore=shutil.ignore_patterns("__pycache__"))
    written = (template / "config.pbtxt").read_text()
    config = model_config_text(written, weights / model, device=device, instances=instances, max_batch=max_batch)
    (directory / "config.pbtxt").write_text(config)


def server_flags(*, repository: Path, backends: Path, models: Iterable[str]) -> list[str]:
    return [
        f"--model-repository={repository}",
        f"--backend-directory={backends}",
        "--disable-auto-complete-config",  # our configuration is complete, and asking costs a start of Python
        "--model-control-mode=explicit",
        *(f"--load-model={model}" for model in models),
        "--allow-gpu-metrics=false",
        f"--backend-config=python,shm-default-byte-size={SHARED_MEMORY_BYTES}",
        f"--backend-config=python,stub-timeout-seconds={STUB_SECONDS}",
    ]


def tracing_flags(told: Mapping[str, str]) -> list[str]:
    """For a server whose environment says where its spans go, over OTLP's HTTP: OpenTelemetry's own variables."""
    if not any(map(told.get, ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))):
        return []
    return [
        "--trace-config=mode=opentelemetry",
        "--trace-config=rate=0",  # only requests that carry a trace context are traced
        "--trace-config=level=TIMESTAMPS",  # TENSORS would send what was said
        "--trace-config=opentelemetry,resource=service.name=earshot-triton",
        "--trace-config=opentelemetry,resource=service.namespace=earshot",
    ]


def connection_flags(told: Mapping[str, str]) -> list[str]:
    """For a server whose clients are many and elsewhere, from its environment."""
    age_seconds = int(told.get("EARSHOT_CONNECTION_AGE_SECONDS", "60"))
    grace_seconds = int(told.get("EARSHOT_SHUTDOWN_GRACE_SECONDS", "25"))
    return [
        # Clients that are asked to connect anew look the name up again, and so find the replicas that were added.
        f"--grpc-max-connection-age={age_seconds * 1_000}",
        f"--grpc-max-connection-age-grace={600 * 1_000}",  # no window takes so long: none is cut off
        f"--exit-timeout-secs={grace_seconds}",
    ]
