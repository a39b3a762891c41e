"""Earshot as one of the recognizers: reached over HTTP, in a stack that is already running or one that is started here.

What Earshot needs to start (weights, Triton) is the matter of `earshot serve` itself.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from speechkit.domain.languages import LANGUAGE_NAMES
from tests.peers.process import MEASURE_DIR, REPOSITORY, Absent, Failed
from tests.peers.workload import Heard, Run, Task, drive
from tests.stack.ports import free_ports

# Weights may have to be fetched first, which the table should not fail for.
START_TIMEOUT_SECONDS = 900
REQUEST_TIMEOUT_SECONDS = 1_200
STOP_TIMEOUT_SECONDS = 40

PORT_SETTINGS = (
    "EARSHOT_HTTP_PORT",
    "EARSHOT_GRPC_PORT",
    "EARSHOT_WORKER_HTTP_PORT",
    "EARSHOT_POSTPROCESS_GRPC_PORT",
    "EARSHOT_POSTPROCESS_HTTP_PORT",
    "EARSHOT_TRITON_HTTP_PORT",
    "EARSHOT_TRITON_GRPC_PORT",
    "EARSHOT_TRITON_METRICS_PORT",
)

_CODES = {name: code for code, name in LANGUAGE_NAMES.items()}


class EarshotOverHttp:
    """A running Earshot at this address, such as http://127.0.0.1:8080."""

    def __init__(self, url: str, *, model: str, process_id: int | None = None) -> None:
        self.name = "Earshot"
        self.process_id = process_id
        self._model = model
        self._http = httpx.Client(
            base_url=url,
            timeout=REQUEST_TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=64),
            trust_env=False,
        )

    def run(self, tasks: Sequence[Task], *, clients: int) -> Run:
        return drive(self._transcribe, tasks, clients=clients)

    def close(self) -> None:
        self._http.close()

    def _transcribe(self, path: str, language: str) -> Heard:
        form = {"model": self._model, "response_format": "verbose_json", "language": language}
        with Path(path).open("rb") as file:
            response = self._http.post(
                "/v1/audio/transcriptions", data=form, files={"file": (Path(path).name, file, "audio/wav")}
            )
        if response.status_code != httpx.codes.OK:
            raise Failed(f"Earshot answered {response.status_code} for {path}: {response.text[:500]}")
        body = response.json()
        return Heard(text=body["text"], language=_CODES.get(body["language"], body["language"]))


class EarshotStack(EarshotOverHttp):
    """`earshot serve` on free ports, with its own data but the weights that are already here; stopped by close()."""

    def __init__(self, *, model: str, threads: int, data_dir: Path) -> None:
        command = Path(sys.executable).with_name("earshot")
        if not command.exists():
            raise Absent("the command `earshot` is not installed in this environment; run `make install`")
        ports = free_ports(len(PORT_SETTINGS))
        self._log = MEASURE_DIR / "earshot.log"
        MEASURE_DIR.mkdir(parents=True, exist_ok=True)
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [command, "serve", "--exit-with-parent"],
                cwd=REPOSITORY,
                env={**os.environ, **_settings(model=model, threads=threads, data_dir=data_dir, ports=ports)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        super().__init__(f"http://127.0.0.1:{ports[0]}", model=model, process_id=self._process.pid)
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        super().close()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                raise Absent(f"`earshot serve` ended with status {self._process.returncode}; see {self._log}")
            try:
                if self._http.get("/readyz").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise Absent(f"`earshot serve` was not ready after {START_TIMEOUT_SECONDS} s; see {self._log}")


def _settings(*, model: str, threads: int, data_dir: Path, ports: Sequence[int]) -> dict[str, str]:
    own_data = MEASURE_DIR / "var"
    own_data.mkdir(parents=True, exist_ok=True)
    (data_dir / "models").mkdir(parents=True, exist_ok=True)
    weights = own_data / "models"
    weights.unlink(missing_ok=True)
    weights.symlink_to((data_dir / "models").resolve())
    return {
        # Without Triton here, better no figures than figures of the fallback under Earshot's name.
        "EARSHOT_RECOGNIZER": os.environ.get("EARSHOT_RECOGNIZER", "triton"),
        "EARSHOT_DATA_DIR": str(own_data),
        "EARSHOT_MODEL": model,
        "EARSHOT_THREADS": str(threads),
        **{setting: str(port) for setting, port in zip(PORT_SETTINGS, ports, strict=True)},
    }
