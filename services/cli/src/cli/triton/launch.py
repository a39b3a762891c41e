"""The command line and the environment that the local tritonserver is started with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cli.triton.environment import TritonEnvironment
from cli.triton.files import TritonFiles

HOST = "127.0.0.1"
NOT_INHERITED = ("PYTHON", "VIRTUAL_ENV", "OTEL_", "EARSHOT_COST_PER_HOUR")
"""Triton sends spans over HTTP, and the services over gRPC: to another port of the same collector. And what all of it
costs is said once."""
EXIT_TIMEOUT_SECONDS = 5
"""A window in recognition may end; clients have been told to stop by then."""


@dataclass(frozen=True, kw_only=True)
class TritonPorts:
    http: int
    grpc: int
    metrics: int


@dataclass(frozen=True, kw_only=True)
class Launch:
    """All that a start of the server needs, the same for each restart."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    model: str
    ports: TritonPorts
    shared_memory_prefix: str


def plan_launch(
    environment: TritonEnvironment,
    files: TritonFiles,
    *,
    model: str,
    weights: Path,
    ports: TritonPorts,
    threads: int,
    traces_url: str | None = None,
) -> Launch:
    # Imported here: `earshot keys` and its like run where no engine is installed.
    from whisper_engine.triton_repository import tracing_flags

    prefix = _shared_memory_prefix(files.repository)
    told = _environment(environment, weights=weights, threads=threads, traces_url=traces_url)
    flags = _flags(files, model=model, ports=ports, shared_memory_prefix=prefix)
    return Launch(
        command=(str(environment.server), *flags, *tracing_flags(told)),
        environment=told,
        model=model,
        ports=ports,
        shared_memory_prefix=prefix,
    )


def _flags(files: TritonFiles, *, model: str, ports: TritonPorts, shared_memory_prefix: str) -> list[str]:
    from whisper_engine.triton_repository import server_flags

    return [
        *server_flags(repository=files.repository, backends=files.backends, models=[model]),
        f"--http-address={HOST}",
        f"--http-port={ports.http}",
        f"--grpc-address={HOST}",
        f"--grpc-port={ports.grpc}",
        f"--metrics-address={HOST}",
        f"--metrics-port={ports.metrics}",
        f"--backend-config=python,shm-region-prefix-name={shared_memory_prefix}",
        f"--exit-timeout-secs={EXIT_TIMEOUT_SECONDS}",
    ]


def _environment(
    environment: TritonEnvironment, *, weights: Path, threads: int, traces_url: str | None
) -> dict[str, str]:
    from whisper_engine.triton_repository import ENGINE_ENVIRONMENT

    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    traced = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": traces_url} if traces_url else {}
    return (
        ENGINE_ENVIRONMENT
        | inherited
        | traced
        | {
            "PATH": os.pathsep.join([str(environment.executables), inherited.get("PATH", os.defpath)]),
            "LD_LIBRARY_PATH": _joined(
                *map(str, environment.library_directories), inherited.get("LD_LIBRARY_PATH", "")
            ),
            "EARSHOT_WEIGHTS_DIR": str(weights),
            "EARSHOT_THREADS": str(threads),
            "OMP_NUM_THREADS": str(threads),
        }
    )


def _joined(*paths: str) -> str:
    return os.pathsep.join(path for path in paths if path)


def _shared_memory_prefix(repository: Path) -> str:
    """One for each data directory, so that what a killed server left there can be told from another's."""
    return f"earshot_{sha256(str(repository.resolve()).encode()).hexdigest()[:12]}_"
