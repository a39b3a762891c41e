"""How Triton shares one model among many windows: batches, priorities, cancelled and refused requests, metrics."""

import asyncio
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from tests.integration.triton.conftest import SAMPLE_RATE, WhisperClient

MAX_BATCH = 8
MAX_QUEUE = 128
WINDOWS = "earshot_whisper_windows_total"
FAILURES = "earshot_whisper_failures_total"
BATCHES = "earshot_whisper_batches_total"

Samples = NDArray[np.float32]

triton_alone = pytest.mark.parametrize("whisper", ["triton"], indirect=True)
"""What Triton's queue does by its configuration alone is asked of one engine."""


async def occupied(whisper: WhisperClient, reading: Samples) -> asyncio.Future[Any]:
    """What leaves the model's only instance no hand free until it is cancelled: what is sent from now on waits."""
    batches = whisper.metrics()[BATCHES]
    windows: list[asyncio.Task[Any]] = []
    for _ in range(whisper.fills):  # one after another: a busy machine's straggler would wait among those of the test
        windows.append(asyncio.create_task(whisper.ask_slowly(reading)))
        await whisper.until(lambda now: now[BATCHES] == batches + len(windows))
    holding = asyncio.gather(*windows)
    assert not holding.done()
    return holding


async def cancelled(work: asyncio.Future[Any]) -> None:
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_windows_that_wait_are_decoded_together(whisper: WhisperClient, reading: Samples) -> None:
    """Their lengths, ladders and languages may differ."""
    occupant = await occupied(whisper, reading)
    waiting = [
        asyncio.create_task(
            whisper.ask(
                reading[: (4 + index) * SAMPLE_RATE], TEMPERATURES=np.linspace(0, 1, 1 + index, dtype=np.float32)[None]
            )
        )
        for index in range(4)
    ]
    await asyncio.sleep(0.3)
    await cancelled(occupant)
    answers = await asyncio.gather(*waiting)
    assert all(b"ried" in answer["TEXT"][0, 0] for answer in answers)
    await whisper.until(lambda now: now["earshot_whisper_batch_size"] == len(waiting))


async def test_live_windows_overtake_jobs(whisper: WhisperClient, reading: Samples) -> None:
    """Sent last, the live ones are in the first batch after the one that runs."""
    occupant = await occupied(whisper, reading)
    finished: list[str] = []

    async def ask(kind: str, priority: int) -> None:
        await whisper.ask(reading[: 2 * SAMPLE_RATE], priority=priority, MAX_TOKENS=np.array([[1]], np.int32))
        finished.append(kind)

    jobs = [asyncio.create_task(ask("job", 3)) for _ in range(2 * MAX_BATCH)]
    await asyncio.sleep(0.3)
    live = [asyncio.create_task(ask("live", 1)) for _ in range(3)]
    await asyncio.sleep(0.3)
    await cancelled(occupant)
    await asyncio.gather(*jobs, *live)
    assert finished[:MAX_BATCH].count("live") == len(live)


async def test_a_cancelled_window_is_given_up(whisper: WhisperClient, reading: Samples) -> None:
    """The engine notices between two steps of the ladder: the window ends as cancelled, not as recognized."""
    occupant = await occupied(whisper, reading)
    before = whisper.metrics()
    await cancelled(occupant)
    await whisper.until(lambda now: now[FAILURES] == before[FAILURES] + whisper.fills)
    assert whisper.metrics()[WINDOWS] == before[WINDOWS]


@triton_alone
async def test_a_window_that_was_cancelled_in_the_queue_is_never_begun(
    whisper: WhisperClient, reading: Samples
) -> None:
    occupant = await occupied(whisper, reading)
    before = whisper.metrics()
    gone = [asyncio.create_task(whisper.ask(reading)) for _ in range(3)]
    await asyncio.sleep(0.3)
    for task in gone:
        await cancelled(task)
    stays = asyncio.create_task(whisper.ask(reading[: 2 * SAMPLE_RATE]))
    await cancelled(occupant)
    await stays
    await whisper.until(lambda now: now[WINDOWS] == before[WINDOWS] + 1)


@triton_alone
async def test_a_full_queue_refuses_at_once(whisper: WhisperClient, reading: Samples) -> None:
    occupant = await occupied(whisper, reading)
    short = reading[: SAMPLE_RATE // 4]
    waiting = [asyncio.create_task(whisper.ask(short, priority=3)) for _ in range(MAX_QUEUE + 2 * MAX_BATCH)]
    done, _ = await asyncio.wait(waiting, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    refusal = next(iter(done)).exception()
    assert isinstance(refusal, InferenceServerException)
    assert refusal.status() == "StatusCode.UNAVAILABLE"
    assert "maximum queue size" in str(refusal)
    for task in waiting:
        await cancelled(task)
    await cancelled(occupant)
    await whisper.ask(short)


@triton_alone
async def test_a_window_waits_no_longer_than_it_asked_to(whisper: WhisperClient, reading: Samples) -> None:
    occupant = await occupied(whisper, reading)
    with pytest.raises(InferenceServerException, match="timeout expired") as refusal:
        await whisper.ask(reading, queue_seconds=0.2)
    assert refusal.value.status() == "StatusCode.UNAVAILABLE"
    await cancelled(occupant)


@triton_alone
async def test_a_short_window_does_not_wait_for_a_long_one_in_its_batch(
    whisper: WhisperClient, reading: Samples
) -> None:
    occupant = await occupied(whisper, reading)
    finished: list[str] = []

    async def ask(kind: str, samples: Samples) -> None:
        await whisper.ask(samples)
        finished.append(kind)

    long = np.concatenate([reading, reading])
    pair = [asyncio.create_task(ask("long", long)), asyncio.create_task(ask("short", reading[: 3 * SAMPLE_RATE]))]
    await asyncio.sleep(0.3)
    await cancelled(occupant)
    await asyncio.gather(*pair)
    assert finished == ["short", "long"]


async def test_the_work_is_counted(whisper: WhisperClient, reading: Samples) -> None:
    # What is still in hand from another test, cancelled, is answered first.
    occupant = await occupied(whisper, reading)
    before = whisper.metrics()
    await cancelled(occupant)
    await whisper.until(lambda now: now[FAILURES] >= before[FAILURES] + whisper.fills)
    before = whisper.metrics()
    await whisper.ask(reading)
    decoded = "earshot_whisper_decode_seconds_total"  # the last that is counted, after the answer
    await whisper.until(lambda now: now[decoded] > before[decoded])
    now = whisper.metrics()
    gained = {name: now[name] - before.get(name, 0.0) for name in now}
    assert gained[WINDOWS] == 1
    assert gained[BATCHES] == 1
    assert gained[FAILURES] == 0
    assert gained["earshot_whisper_audio_seconds_total"] == pytest.approx(len(reading) / SAMPLE_RATE, abs=0.01)
    assert gained["earshot_whisper_tokens_total"] > 12
    assert gained["earshot_whisper_encode_seconds_total"] > 0
