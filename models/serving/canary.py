"""Sends each model one second of a faint tone: does it still recognize? For probes; the exit status is the answer.

Triton alone can't tell: it calls a model ready whose Python process is dead (seen with 2.51). The window goes before
all others in the queue, so that a server which is merely busy answers in time. Standard library alone: quick to start.
Digital silence would not do: a model answers it without its encoder and decoder, which may be what is broken.
"""

import json
import os
import sys
import urllib.request
from typing import Any

PORT = 8000
SAMPLES = 16_000
LEVEL = 0.001
WHATEVER_IT_HEARS = {"logprob_threshold": None, "compression_ratio_threshold": None, "second_look_logprob": None}
"""Is right: nothing is tried twice."""


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    try:
        for model in os.environ.get("EARSHOT_MODELS", "whisper-base").split(","):
            recognize_tone(model, port=PORT, timeout_seconds=seconds)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)  # the kubelet shows it among the pod's events
        return 1
    return 0


def recognize_tone(model: str, *, port: int, timeout_seconds: float) -> None:
    """Raises OSError or ValueError, with a message for people, where no hypothesis comes back in time."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v2/models/{model}/infer",
        data=json.dumps(canary_window(timeout_seconds)).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:  # noqa: S310
        outputs = json.load(answer).get("outputs", [])
    if not any(output["name"] == "FINISH" for output in outputs):
        raise ValueError(f"{model} answered without a hypothesis")


def canary_window(timeout_seconds: float) -> dict[str, Any]:
    def tensor(name: str, kind: str, *data: float | str | bool) -> dict[str, Any]:
        return {"name": name, "datatype": kind, "shape": [1, len(data)], "data": list(data)}

    return {
        "parameters": {"priority": 1, "timeout": int(timeout_seconds * 1_000_000)},
        "inputs": [
            tensor("AUDIO", "FP32", *[LEVEL, -LEVEL] * (SAMPLES // 2)),
            tensor("LANGUAGE", "BYTES", "en"),
            tensor("TASK", "BYTES", "transcribe"),
            tensor("PROMPT", "BYTES", ""),
            tensor("HOTWORDS", "BYTES", ""),
            tensor("TEMPERATURES", "FP32", 0.0),
            tensor("BEAM_SIZE", "INT32", 1),
            tensor("TIMESTAMPS", "BOOL", False),
            tensor("WORD_TIMESTAMPS", "BOOL", False),
            tensor("LOGPROBS", "BOOL", False),
            tensor("MAX_TOKENS", "INT32", 4),
            tensor("OPTIONS", "BYTES", json.dumps(WHATEVER_IT_HEARS)),
        ],
        "outputs": [{"name": "FINISH"}],
    }


if __name__ == "__main__":
    sys.exit(main())
