"""What the model in Triton counts, and what it writes of trouble: which request it was, and never what was said."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from whisper_engine import WindowRequest


@dataclass
class Triton:
    """As much of the backend's side as the model tells anything to."""

    logged: list[str] = field(default_factory=list)
    counted: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def family(self, name: str, description: str, kind: str) -> SimpleNamespace:
        def metric(labels: dict[str, str]) -> SimpleNamespace:
            def increment(by: float) -> None:
                self.counted[name] += by

            return SimpleNamespace(increment=increment, set=lambda value: self.counted.update({name: value}))

        return SimpleNamespace(Metric=metric)


@pytest.fixture
def triton(monkeypatch: pytest.MonkeyPatch) -> Iterator[Triton]:
    running, stub = Triton(), ModuleType("triton_python_backend_utils")
    kinds = {"COUNTER": "counter", "GAUGE": "gauge"}
    stub.MetricFamily = type("MetricFamily", (), {**kinds, "__new__": lambda _, **told: running.family(**told)})  # type: ignore[attr-defined]
    stub.Logger = SimpleNamespace(log_error=running.logged.append)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, stub.__name__, stub)
    for name in ("whisper_triton.metrics", "whisper_triton.logs"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield running
    for name in ("whisper_triton.metrics", "whisper_triton.logs"):
        sys.modules.pop(name, None)


def test_a_failure_is_json_with_the_request_s_id_and_without_the_error_s_words(triton: Triton) -> None:
    from whisper_triton.logs import log_failure

    with pytest.raises(ValueError, match="seventeen kettles") as raised:
        int("seventeen kettles")
    log_failure("window_failed", raised.value, request_id="req_1")
    [line] = triton.logged
    told = json.loads(line)
    assert told.pop("raised_at")[0].startswith(__file__)
    assert told == {"event": "window_failed", "level": "error", "error": "ValueError", "request_id": "req_1"}
    assert "kettles" not in line


def test_a_window_is_counted_with_its_sound_tokens_and_fallbacks(triton: Triton) -> None:
    from whisper_triton.metrics import Metrics

    metrics = Metrics("whisper-base")
    outcome = SimpleNamespace(tokens=(1, 2, 3), fallbacks=2)
    metrics.count_window(WindowRequest(samples=np.zeros(32_000, np.float32)), outcome)  # type: ignore[arg-type]
    counted = {name.removeprefix("earshot_whisper_"): value for name, value in triton.counted.items() if value}
    assert counted == {"windows_total": 1, "audio_seconds_total": 2.0, "tokens_total": 3, "fallbacks_total": 2}
