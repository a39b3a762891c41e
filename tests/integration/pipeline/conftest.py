"""The line of flow on real parts: decoder processes, Silero and Whisper on a real Triton."""

from collections.abc import AsyncIterator

import pytest_asyncio

from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.adapters.triton import TritonRecognizer
from speechkit.pipeline import Pipeline
from tests.stack.triton import RunningTriton


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoder() -> AsyncIterator[PyAvDecoder]:
    async with PyAvDecoder(DecoderLimits()) as decoder:
        yield decoder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pipeline(triton: RunningTriton, decoder: PyAvDecoder) -> AsyncIterator[Pipeline]:
    async with TritonRecognizer(triton.grpc_address) as recognizer:
        yield Pipeline(decoder=decoder, voice_detector=SileroVoiceDetector(), recognizer=recognizer)
