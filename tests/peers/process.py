"""A peer in a process of its own, so that its memory, its threads and its crashes are its alone.

What runs in that process is `tests.peers.child`; Earshot, which is a server, has `tests.peers.earshot`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from tests.peers.engines import EngineSpec
from tests.peers.workload import Outcome, Run, Task

REPOSITORY = Path(__file__).resolve().parents[2]
MEASURE_DIR = REPOSITORY / "build" / "measure"


class Absent(Exception):
    """A recognizer can't be run here; the message says why, and the report repeats it."""


class Failed(Exception):
    """A recognizer broke on a task."""


class System(Protocol):
    """A recognizer that can be measured."""

    name: str
    process_id: int | None
    """The root of its process tree; None when it runs elsewhere."""

    def run(self, tasks: Sequence[Task], *, clients: int) -> Run: ...

    def close(self) -> None: ...


class PeerProcess:
    """Starts at once; raises Absent when the engine can't be loaded."""

    def __init__(self, name: str, spec: EngineSpec) -> None:
        self.name = name
        MEASURE_DIR.mkdir(parents=True, exist_ok=True)
        self._log = MEASURE_DIR / f"{name.replace(' ', '-').replace('/', '-')}.log"
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.peers.child", json.dumps(asdict(spec))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=REPOSITORY,
                env={**os.environ, "OMP_NUM_THREADS": str(spec.threads)},
                text=True,
            )
        self.process_id: int | None = self._process.pid
        greeting = self._read()
        if "absent" in greeting:
            self.close()
            raise Absent(greeting["absent"])

    def run(self, tasks: Sequence[Task], *, clients: int) -> Run:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"tasks": [asdict(task) for task in tasks], "clients": clients}) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        if "failed" in answer:
            raise Failed(f"{self.name}: {answer['failed']}")
        outcomes = tuple(Outcome(**outcome) for outcome in answer["run"]["outcomes"])
        return Run(wall_seconds=answer["run"]["wall_seconds"], outcomes=outcomes)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} ended with status {self._process.wait()}; see {self._log}.")
        answer: dict[str, Any] = json.loads(line)
        return answer
