"""The slots at the recognizer are never overbooked, never lost, and go round fairly; a long queue says so at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.errors import DeadlineExceeded, Overloaded, RecognizerUnavailable
from speechkit.domain.options import Priority, TranscriptionOptions
from speechkit.ports import Recognizer
from speechkit.runtime.shared_recognizer import RecognizerSlots
from tests.fakes.recognizer import MODEL, FakeRecognizer

OPTIONS = TranscriptionOptions(model=MODEL, language="en")


def window(seconds: float = 10.0) -> np.ndarray:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def slots_over(recognizer: FakeRecognizer, *, slots: int = 2, longest_wait_seconds: float = 60) -> RecognizerSlots:
    return RecognizerSlots(recognizer, slots=slots, longest_wait_seconds=longest_wait_seconds)


def windows_of(share: Recognizer, count: int, *, seconds: float = 10.0) -> list[asyncio.Task[object]]:
    return [asyncio.create_task(share.recognize(window(seconds), OPTIONS, deadline_seconds=30)) for _ in range(count)]


@asynccontextmanager
async def busy(slots: RecognizerSlots, count: int) -> AsyncIterator[list[asyncio.Task[object]]]:
    tasks = windows_of(slots.for_request(tenant="busy", request="long"), count)
    await asyncio.sleep(0)
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_no_more_windows_are_at_the_recognizer_than_there_are_slots() -> None:
    recognizer = FakeRecognizer(delay_seconds=0.005)
    slots = slots_over(recognizer, slots=3)
    tasks = windows_of(slots.for_request(tenant="a", request="1"), 20)
    while not all(task.done() for task in tasks):
        assert recognizer.in_flight <= 3
        await asyncio.sleep(0.001)
    assert len(recognizer.calls) == 20


async def test_a_short_request_overtakes_a_long_file() -> None:
    recognizer = FakeRecognizer(delay_seconds=0.01)
    slots = slots_over(recognizer, slots=1)
    async with busy(slots, 20) as long:
        short = slots.for_request(tenant="busy", request="short")
        await asyncio.wait_for(short.recognize(window(3), OPTIONS, deadline_seconds=5), 5)
        assert sum(task.done() for task in long) <= 4


async def test_live_work_goes_before_interactive_work() -> None:
    recognizer = FakeRecognizer(delay_seconds=0.01)
    slots = slots_over(recognizer, slots=1)
    async with busy(slots, 10) as interactive:
        live = replace(OPTIONS, priority=Priority.LIVE)
        await slots.for_request(tenant="b", request="live").recognize(window(1), live, deadline_seconds=5)
        assert sum(task.done() for task in interactive) <= 1


async def test_callers_that_leave_neither_keep_slots_nor_take_turns() -> None:
    recognizer = FakeRecognizer(delay_seconds=30)
    slots = slots_over(recognizer, slots=2)
    async with busy(slots, 8):
        assert recognizer.in_flight == 2
    recognizer.delay_seconds = 0
    share = slots.for_request(tenant="next", request="1")
    await asyncio.wait_for(asyncio.gather(*windows_of(share, 6)), 5)
    assert len(recognizer.calls) == 2 + 6


async def test_a_caller_that_leaves_in_the_very_moment_of_its_turn_loses_no_slot() -> None:
    recognizer = FakeRecognizer()
    slots = slots_over(recognizer, slots=1)
    first, second = windows_of(slots.for_request(tenant="a", request="1"), 2)
    await asyncio.sleep(0.01)
    for _ in range(4):
        second.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(first, second, return_exceptions=True)
    await asyncio.wait_for(asyncio.gather(*windows_of(slots.for_request(tenant="a", request="2"), 1)), 5)


async def test_a_slot_comes_back_from_a_failure() -> None:
    recognizer = FakeRecognizer(fails_with=RecognizerUnavailable("gone"))
    slots = slots_over(recognizer, slots=1)
    for _ in range(3):
        with pytest.raises(RecognizerUnavailable):
            await slots.for_request(tenant="a", request="1").recognize(window(), OPTIONS, deadline_seconds=5)


async def test_a_deadline_also_holds_while_waiting() -> None:
    slots = slots_over(FakeRecognizer(delay_seconds=30), slots=1)
    async with busy(slots, 1):
        with pytest.raises(DeadlineExceeded, match="waited for its turn"):
            await slots.for_request(tenant="b", request="1").recognize(window(), OPTIONS, deadline_seconds=0.05)


async def test_a_queue_that_is_too_long_is_told_at_once_with_its_length() -> None:
    """The estimate is what waits, at the pace that was measured: about 100 audio seconds a second here."""
    recognizer = FakeRecognizer(delay_seconds=0.1)
    slots = slots_over(recognizer, slots=1, longest_wait_seconds=0.5)
    await slots.for_request(tenant="a", request="1").recognize(window(10), OPTIONS, deadline_seconds=5)
    slots.admit(Priority.INTERACTIVE)
    recognizer.delay_seconds = 30
    async with busy(slots, 21):
        with pytest.raises(Overloaded) as refusal:
            slots.admit(Priority.INTERACTIVE)
        assert refusal.value.retry_after_seconds == pytest.approx(2.0, rel=0.5)
        slots.admit(Priority.LIVE)


async def test_before_anything_was_measured_nobody_is_refused() -> None:
    slots = slots_over(FakeRecognizer(delay_seconds=30), slots=1, longest_wait_seconds=0)
    async with busy(slots, 50):
        slots.admit(Priority.INTERACTIVE)
