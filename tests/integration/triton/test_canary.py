"""The probe of pods: its window goes through the whole model, and a server that does not answer fails it."""

import importlib.util
import urllib.error
from pathlib import Path
from types import ModuleType

import pytest

from tests.integration.triton.conftest import WhisperClient
from tests.stack.ports import free_ports

SCRIPT = Path(__file__).parents[3] / "models" / "serving" / "canary.py"
DECODE_SECONDS = "earshot_whisper_decode_seconds_total"


@pytest.fixture(scope="module")
def canary() -> ModuleType:
    spec = importlib.util.spec_from_file_location("canary", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_it_runs_encoder_and_decoder(whisper: WhisperClient, canary: ModuleType) -> None:
    """Triton calls a model ready whose process is dead, and a model answers digital silence without either."""
    before = whisper.metrics()
    canary.recognize_tone(whisper.model, port=whisper.http_port, timeout_seconds=30)
    await whisper.until(lambda now: now[DECODE_SECONDS] > before.get(DECODE_SECONDS, 0.0) + 0.001)


def test_a_server_that_is_away_fails_it(canary: ModuleType) -> None:
    (nobody,) = free_ports(1)
    with pytest.raises(urllib.error.URLError):
        canary.recognize_tone("whisper-base", port=nobody, timeout_seconds=2)


async def test_a_model_that_is_not_there_fails_it(whisper: WhisperClient, canary: ModuleType) -> None:
    with pytest.raises(OSError, match=r"40[04]"):
        canary.recognize_tone("whisper-imaginary", port=whisper.http_port, timeout_seconds=10)
