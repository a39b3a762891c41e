"""The measured recognizer counts what happens and changes nothing of it."""

import asyncio

import numpy as np
import pytest
from prometheus_client import REGISTRY

from speechkit.domain.errors import Overloaded
from speechkit.domain.options import TranscriptionOptions
from speechkit.runtime.measured import MeasuredRecognizer
from tests.fakes.recognizer import FakeRecognizer

MODEL = "whisper-base"
OPTIONS = TranscriptionOptions(model=MODEL, language="en")
TWO_SECONDS = np.zeros(32_000, np.float32)


def windows(outcome: str) -> float:
    return REGISTRY.get_sample_value("earshot_windows_total", {"model": MODEL, "outcome": outcome}) or 0.0


def in_flight() -> float | None:
    return REGISTRY.get_sample_value("earshot_windows_in_flight")


async def test_answers_pass_unchanged_and_are_counted() -> None:
    inner, before = FakeRecognizer(), windows("ok")
    measured = MeasuredRecognizer(inner)
    expected = await FakeRecognizer().recognize(TWO_SECONDS, OPTIONS, deadline_seconds=5)
    assert await measured.recognize(TWO_SECONDS, OPTIONS, deadline_seconds=5) == expected
    assert await measured.capabilities(MODEL) == await inner.capabilities(MODEL)
    assert await measured.ready(MODEL)
    assert windows("ok") == before + 1


async def test_failures_are_counted_by_their_reason() -> None:
    before = windows("overloaded")
    with pytest.raises(Overloaded):
        await MeasuredRecognizer(FakeRecognizer(fails_with=Overloaded("busy"))).recognize(
            TWO_SECONDS, OPTIONS, deadline_seconds=5
        )
    assert windows("overloaded") == before + 1


async def test_cancelled_windows_reach_the_recognizer_and_are_counted_as_such() -> None:
    inner, before = FakeRecognizer(delay_seconds=30), windows("cancelled")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await MeasuredRecognizer(inner).recognize(TWO_SECONDS, OPTIONS, deadline_seconds=60)
    assert inner.cancelled == 1
    assert windows("cancelled") == before + 1
    assert in_flight() == 0
