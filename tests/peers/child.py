"""The program that a peer's process runs: loads one engine, then answers one workload a line until its input ends.

Started by `tests.peers.process`, which speaks the other side of the lines.
"""

import json
import os
import sys
from dataclasses import asdict

from tests.peers.engines import Engine, EngineSpec, load_engine
from tests.peers.workload import Task, drive


def main() -> None:
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(message: object) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    spec = json.loads(sys.argv[1])
    try:
        transcribe = load_engine(EngineSpec(**{**spec, "engine": Engine(spec["engine"])}))
    except Exception as error:  # noqa: BLE001 - whatever the reason, the table must name it
        answer({"absent": f"{type(error).__name__}: {error}"})
        return
    answer({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            run = drive(transcribe, [Task(**task) for task in asked["tasks"]], clients=asked["clients"])
            answer({"run": asdict(run)})
        except Exception as error:  # noqa: BLE001 - and the same for a task that it broke on
            answer({"failed": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
