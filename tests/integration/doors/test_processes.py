"""Each service as a cluster runs it: a process of its own that answers its probes and ends in order."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.stack.ports import free_ports

START_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    ports: dict[str, int]

    def url(self, variable: str) -> str:
        return f"http://127.0.0.1:{self.ports[variable]}"

    def end(self, *, by: signal.Signals) -> tuple[int, str]:
        """Its exit status, and what it wrote."""
        self.process.send_signal(by)
        _, written = self.process.communicate(timeout=20)
        return self.process.returncode, written


Start = Callable[..., Running]


def environment(**variables: object) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    return inherited | {name: str(value) for name, value in variables.items()}


def run_to_its_end(service: str, **variables: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", service], env=environment(**variables), capture_output=True, text=True, check=False
    )


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def start(service: str, *port_variables: str, **variables: object) -> Running:
        ports = dict(zip(port_variables, free_ports(len(port_variables)), strict=True))
        process = subprocess.Popen(
            [sys.executable, "-m", service],
            env=environment(**{"EARSHOT_DATA_DIR": tmp_path, **ports, **variables}),
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return Running(process, ports)

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def eventually(ask: Callable[[], Any]) -> Any:
    """The first answer of a service that is starting."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            return ask()
        except (httpx.ConnectError, grpc.RpcError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def grpc_health(port: int) -> int:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        status: int = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5).status
        return status


def test_the_worker_answers_its_probes_until_it_is_told_to_stop(start: Start) -> None:
    worker = start("worker", "EARSHOT_WORKER_HTTP_PORT")
    url = worker.url("EARSHOT_WORKER_HTTP_PORT")
    assert eventually(lambda: httpx.get(f"{url}/healthz")).json() == {"status": "alive"}
    assert httpx.get(f"{url}/readyz").json() == {"status": "ready", "checks": {"jobs": True}}
    assert "process_resident_memory_bytes" in httpx.get(f"{url}/metrics").text
    status, written = worker.end(by=signal.SIGTERM)
    assert status == 0
    assert '"event": "service_stopping"' in written


def test_postprocess_answers_probes_of_both_kinds_until_it_is_told_to_stop(start: Start) -> None:
    postprocess = start("postprocess", "EARSHOT_POSTPROCESS_GRPC_PORT", "EARSHOT_POSTPROCESS_HTTP_PORT")
    port, url = postprocess.ports["EARSHOT_POSTPROCESS_GRPC_PORT"], postprocess.url("EARSHOT_POSTPROCESS_HTTP_PORT")
    assert eventually(lambda: httpx.get(f"{url}/readyz")).json() == {"status": "ready", "checks": {"database": True}}
    assert grpc_health(port) == health_pb2.HealthCheckResponse.SERVING
    assert 'earshot_ready{check="database"} 1.0' in httpx.get(f"{url}/metrics").text
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            health.Check(health_pb2.HealthCheckRequest(service="earshot.Nobody"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        watching = health.Watch(health_pb2.HealthCheckRequest())
        assert next(watching).status == health_pb2.HealthCheckResponse.SERVING
        postprocess.process.send_signal(signal.SIGINT)
        assert next(watching).status == health_pb2.HealthCheckResponse.NOT_SERVING, "told before the end"
    postprocess.process.communicate(timeout=20)
    assert postprocess.process.returncode == 0


def test_the_gateway_is_alive_and_not_ready_without_its_recognizer(start: Start) -> None:
    """Kubernetes keeps it running and sends it nothing; the decoder's process ends with it."""
    (nothing_listens_here,) = free_ports(1)
    gateway = start("gateway", "EARSHOT_HTTP_PORT", "EARSHOT_GRPC_PORT", EARSHOT_TRITON_GRPC_PORT=nothing_listens_here)
    url = gateway.url("EARSHOT_HTTP_PORT")
    assert eventually(lambda: httpx.get(f"{url}/healthz")).status_code == 200
    ready = httpx.get(f"{url}/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"recognizer": False, "decoder": True}
    assert grpc_health(gateway.ports["EARSHOT_GRPC_PORT"]) == health_pb2.HealthCheckResponse.NOT_SERVING
    status, _ = gateway.end(by=signal.SIGTERM)
    assert status == 0


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("gateway", "EARSHOT_HTTP_PORT"),
        ("worker", "EARSHOT_WORKER_HTTP_PORT"),
        ("postprocess", "EARSHOT_POSTPROCESS_GRPC_PORT"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line(service: str, variable: str) -> None:
    ended = run_to_its_end(service, **{variable: "eighty"})
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"{variable}=eighty: ")


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("worker", "EARSHOT_WORKER_HTTP_PORT"),
        ("postprocess", "EARSHOT_POSTPROCESS_GRPC_PORT"),
        ("postprocess", "EARSHOT_POSTPROCESS_HTTP_PORT"),
    ],
)
def test_a_port_that_is_taken_is_named_with_its_setting(service: str, variable: str) -> None:
    """Even by a listener that would share it, as gRPC's servers do by default: two would answer by turns."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        ended = run_to_its_end(service, **{variable: port})
    assert ended.returncode == 2
    last_line = ended.stderr.splitlines()[-1]
    assert last_line.startswith(f"Can't listen on 127.0.0.1:{port}: ")
    assert f"set {variable}." in last_line
