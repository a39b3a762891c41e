"""Which recognizer and which limits for decoding the environment asks for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from speechkit.adapters.media.pyav_decoder import DecoderLimits
from speechkit.ports import Recognizer
from speechkit.runtime.listening import address
from speechkit.runtime.settings import RecognitionSettings


@asynccontextmanager
async def open_recognizer(settings: RecognitionSettings, *, models: Sequence[str]) -> AsyncIterator[Recognizer]:
    # Imported where they are chosen: a gateway in front of Triton has no recognition engine installed.
    if settings.recognizer == "embedded":
        from speechkit.adapters.embedded import EmbeddedRecognizer

        weights_dir = settings.data_dir / "models"
        async with EmbeddedRecognizer(weights_dir, models=list(models), threads=settings.threads) as embedded:
            yield embedded
    else:
        from speechkit.adapters.triton import TritonRecognizer

        async with TritonRecognizer(address(settings.triton_host, settings.triton_grpc_port)) as recognizer:
            yield recognizer


def decoder_limits(settings: RecognitionSettings, *, max_audio_seconds: float) -> DecoderLimits:
    return DecoderLimits(
        max_audio_seconds=max_audio_seconds,
        memory_bytes=settings.decoder_memory_bytes,
        cpu_seconds=settings.decoder_cpu_seconds,
    )
