"""How tritonserver is started: reachable from this machine alone, and with our environment, not the caller's Python."""

from pathlib import Path

import pytest

from cli.triton.environment import TritonEnvironment
from cli.triton.files import TritonFiles
from cli.triton.launch import Launch, TritonPorts, plan_launch
from whisper_engine.triton_repository import ENGINE_ENVIRONMENT


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launch:
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/cuda")
    return plan(tmp_path)


def plan(directory: Path, *, traces_url: str | None = None) -> Launch:
    environment = TritonEnvironment(
        executables=Path("/venv/bin"),
        server=Path("/venv/tritonserver"),
        backend=Path("/venv/backend"),
        stub=Path("/venv/stub"),
        library_directories=(Path("/venv/libs"), Path("/python/lib")),
    )
    files = TritonFiles(backends=directory / "backends", repository=directory / "repository")
    ports = TritonPorts(http=1, grpc=2, metrics=3)
    weights = Path("/weights")
    return plan_launch(environment, files, model="m", weights=weights, ports=ports, threads=3, traces_url=traces_url)


@pytest.mark.parametrize("door", ["http", "grpc", "metrics"])
def test_every_door_is_on_loopback(launch: Launch, door: str) -> None:
    assert f"--{door}-address=127.0.0.1" in launch.command


def test_only_the_chosen_model_is_loaded(launch: Launch) -> None:
    assert "--model-control-mode=explicit" in launch.command
    assert [flag for flag in launch.command if flag.startswith("--load-model")] == ["--load-model=m"]


def test_the_stub_finds_its_own_python_first(launch: Launch) -> None:
    """It takes its packages from the first python3 in PATH, and must not follow ours."""
    assert launch.environment["PATH"] == "/venv/bin:/usr/bin"
    assert launch.environment["LD_LIBRARY_PATH"] == "/venv/libs:/python/lib:/opt/cuda"
    assert not {"PYTHONHOME", "VIRTUAL_ENV"} & set(launch.environment)


def test_the_model_is_told_its_weights_and_cores(launch: Launch) -> None:
    told = {name: launch.environment[name] for name in ("EARSHOT_WEIGHTS_DIR", "EARSHOT_THREADS", "OMP_NUM_THREADS")}
    assert told == {"EARSHOT_WEIGHTS_DIR": "/weights", "EARSHOT_THREADS": "3", "OMP_NUM_THREADS": "3"}


def test_the_engine_s_libraries_start_no_threads_that_spin_and_an_operator_may_know_better(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ENGINE_ENVIRONMENT.items() <= launch.environment.items()
    assert launch.environment["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert plan(tmp_path).environment["OMP_WAIT_POLICY"] == "ACTIVE"


def test_shared_memory_of_two_data_directories_is_told_apart(tmp_path: Path) -> None:
    first, again, other = plan(tmp_path / "a"), plan(tmp_path / "a"), plan(tmp_path / "b")
    assert first.shared_memory_prefix == again.shared_memory_prefix != other.shared_memory_prefix


def test_spans_are_sent_only_where_they_are_asked_for_and_never_with_what_was_said(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The services' own endpoint is no place for it: that speaks gRPC."""
    assert not any("trace" in flag for flag in launch.command)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    url = "http://127.0.0.1:4318/v1/traces"
    traced = plan(tmp_path, traces_url=url)
    assert {name: told for name, told in traced.environment.items() if name.startswith("OTEL_")} == {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url
    }
    assert "--trace-config=level=TIMESTAMPS" in traced.command
    assert "--trace-config=rate=0" in traced.command, "whether a request is traced is decided where it came in"
    assert not any("TENSORS" in flag for flag in traced.command)
