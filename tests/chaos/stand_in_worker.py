"""`python -m tests.chaos.stand_in_worker`: the worker service, with a recognizer that tells what it was given.

Its text is a digest of the samples, so that a transcript can only be right if every window was the right one.
"""

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from zlib import crc32

from speechkit.domain.audio import Samples, seconds
from speechkit.domain.options import TranscriptionOptions
from speechkit.ports import Hypothesis
from speechkit.runtime.lifetime import run_service
from tests.fakes.recognizer import FakeRecognizer
from worker.bootstrap import worker_service
from worker.settings import WorkerSettings

DELAY_SECONDS = 0.3
"""For most of its time a worker that is killed has jobs in its hands."""


class TellingRecognizer(FakeRecognizer):
    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        await asyncio.sleep(self.delay_seconds)
        return self._hypothesis(f" Heard {crc32(samples.tobytes()):08x}.", seconds(len(samples)), options)


def _service(settings: WorkerSettings) -> AbstractAsyncContextManager[None]:
    return worker_service(settings, recognizer=TellingRecognizer(delay_seconds=DELAY_SECONDS))


if __name__ == "__main__":
    sys.exit(run_service("earshot-worker", WorkerSettings, _service))
