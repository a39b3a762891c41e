"""A media decoder without FFmpeg: it knows 16-bit mono WAV at 16 kHz and nothing else, and reads it in process."""

import io
import os
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np

from speechkit.domain.audio import SAMPLE_RATE, Block
from speechkit.domain.errors import UnsupportedMedia
from speechkit.ports import SeekableMedia


@dataclass(kw_only=True)
class FakeMediaDecoder:
    block_samples: int = SAMPLE_RATE
    open_files: int = 0

    @asynccontextmanager
    async def decode(self, media: SeekableMedia) -> AsyncIterator[AsyncIterator[Block]]:
        self.open_files += 1
        try:
            yield self._blocks(_samples(media))
        finally:
            self.open_files -= 1

    async def _blocks(self, samples: np.ndarray) -> AsyncIterator[Block]:
        for offset in range(0, len(samples), self.block_samples):
            yield Block(offset_samples=offset, samples=samples[offset : offset + self.block_samples])


def _samples(media: SeekableMedia) -> np.ndarray:
    descriptor = media.fileno()
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    try:
        with wave.open(io.BytesIO(content)) as file:
            shape = file.getframerate(), file.getnchannels(), file.getsampwidth()
            integers = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    except (wave.Error, EOFError, RuntimeError, ValueError) as error:  # whatever `wave` makes of damaged bytes
        raise UnsupportedMedia("Audio file might be corrupted or unsupported") from error
    if shape != (SAMPLE_RATE, 1, 2):
        raise UnsupportedMedia("The fake knows 16-bit mono WAV at 16 kHz alone")
    return integers.astype(np.float32) / 32_768
