"""One decoder for each module: real processes, and limits low enough to run into."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder


@pytest.fixture(scope="module")
def limits() -> DecoderLimits:
    return DecoderLimits(max_audio_seconds=1200, memory_bytes=64 * 1024 * 1024, cpu_seconds=20)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def decoder(limits: DecoderLimits) -> AsyncIterator[PyAvDecoder]:
    async with PyAvDecoder(limits) as decoder:
        yield decoder
