"""Ready means: every check passes now, in time, and the end has not begun."""

import asyncio
import time
from typing import cast

import pytest
from grpc_health.v1 import health_pb2

from speechkit.runtime import health
from speechkit.runtime.health import HealthServicer, Readiness

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def passes() -> bool:
    return True


async def fails() -> bool:
    return False


async def raises() -> bool:
    raise OSError("gone")


async def hangs() -> bool:
    await asyncio.Event().wait()
    return True


async def test_a_service_without_checks_is_ready() -> None:
    assert await Readiness().ready()


@pytest.mark.parametrize("check", [fails, raises, hangs])
async def test_one_check_that_does_not_pass_is_enough(monkeypatch: pytest.MonkeyPatch, check: health.Check) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.05)
    readiness = Readiness()
    readiness.add("store", passes)
    readiness.add("recognizer", check)
    assert await readiness.report() == {"store": True, "recognizer": False}
    assert not await readiness.ready()


async def test_checks_are_made_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe waits for one time-out, not for the sum of them."""
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.1)
    readiness = Readiness()
    for number in range(5):
        readiness.add(f"slow{number}", hangs)
    started = time.perf_counter()
    await readiness.report()
    assert time.perf_counter() - started < 0.4


async def test_draining_is_not_ready() -> None:
    readiness = Readiness()
    readiness.add("recognizer", passes)
    readiness.drain()
    assert await readiness.report() == {"recognizer": True, "not_draining": False}


async def test_watchers_hear_of_changes_once_and_are_let_go_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher that stayed would hold up the end of the server."""
    monkeypatch.setattr(health, "WATCH_INTERVAL_SECONDS", 0.01)
    readiness, answer, told = Readiness(), True, list[int]()
    context = cast(health.Context, None)  # only refusals of other services use it

    async def check() -> bool:
        return answer

    readiness.add("recognizer", check)
    async for response in HealthServicer(readiness).Watch(health_pb2.HealthCheckRequest(), context):
        told.append(response.status)
        match len(told):
            case 1:
                answer = False
            case 2:
                answer = True
            case 3:
                await asyncio.sleep(0.05)
                readiness.drain()
    assert told == [SERVING, NOT_SERVING, SERVING, NOT_SERVING]
