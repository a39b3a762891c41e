"""What post-processing costs beside the chat server's own time: `python -m tests.bench.refining`.

The service as it is, over gRPC, before a chat server that answers at once; the same calls to that server without the
service are the comparison.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import httpx

from speechkit.adapters.postprocess import Postprocess
from speechkit.runtime.logs import configure_logs
from tests.chat.server import chat_server
from tests.chat.service import endpoint_at, running_postprocess, to_refine

SAID = "um so the parcel weighs 12 kilos and it goes to uh Bergen on the third of May, not to Oslo as I said before"
CALLS = 300
AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Cost:
    direct_ms: float
    """Median of a call straight to the chat server."""
    refined_ms: float
    """Median of a refinement through the service."""
    at_once_seconds: float
    """From the first of so many at once to the last answer."""
    at_once_refined: int

    @property
    def added_ms(self) -> float:
        return self.refined_ms - self.direct_ms


async def measured(*, calls: int = CALLS, at_once: int = AT_ONCE) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            chat_server() as server,
            running_postprocess(Path(folder)) as postprocess,
            httpx.AsyncClient(base_url=server.base_url) as client,
        ):
            await endpoint_at(postprocess, server)
            await _refine(postprocess)  # finds out the context, and opens the connections
            body = server.chats[-1].body
            direct, refined = [], []
            for _ in range(calls):  # by turns, so that a busy moment of the machine falls on both
                direct.append(await _milliseconds(client.post("/chat/completions", json=body)))
                refined.append(await _milliseconds(_refine(postprocess)))
            started = perf_counter()
            answers = await asyncio.gather(*(_refine(postprocess) for _ in range(at_once)))
            return Cost(
                direct_ms=statistics.median(direct),
                refined_ms=statistics.median(refined),
                at_once_seconds=perf_counter() - started,
                at_once_refined=sum(answers),
            )


def report(cost: Cost) -> str:
    return "\n".join(
        [
            f"a call to the chat server itself: {cost.direct_ms:.2f} ms (median of {CALLS})",
            f"a refinement through the service: {cost.refined_ms:.2f} ms, {cost.added_ms:.2f} ms more",
            f"{AT_ONCE} refinements at once: {cost.at_once_refined} refined in {cost.at_once_seconds:.2f} s",
        ]
    )


async def _refine(postprocess: Postprocess) -> bool:
    return (await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=60)).refined


async def _milliseconds(work: Awaitable[object]) -> float:
    started = perf_counter()
    await work
    return (perf_counter() - started) * 1000


if __name__ == "__main__":
    configure_logs(level="warning", log_format="json")
    print(report(asyncio.run(measured())))
