"""Raw samples on their way to blocks: FFmpeg's resampler, in this process, since raw samples hide nothing to parse.

Where the bytes come from is the caller's matter; containers are the matter of `pyav_decoder`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from speechkit.adapters.media import refusals
from speechkit.domain.audio import SAMPLE_RATE, Block, Samples, samples
from speechkit.domain.pcm import PcmEncoding, PcmFormat

_AV_FORMATS = {PcmEncoding.S16LE: "s16", PcmEncoding.F32LE: "flt"}
_DTYPES: dict[PcmEncoding, np.dtype[Any]] = {PcmEncoding.S16LE: np.dtype("<i2"), PcmEncoding.F32LE: np.dtype("<f4")}


class ResamplingPcmDecoder:
    def __init__(self, *, max_audio_seconds: float) -> None:
        self._max_audio_seconds = max_audio_seconds

    @asynccontextmanager
    async def decode(self, parts: AsyncIterator[bytes], pcm: PcmFormat) -> AsyncIterator[AsyncIterator[Block]]:
        async with aclosing(self._blocks(parts, pcm)) as blocks:
            yield blocks

    async def _blocks(self, parts: AsyncIterator[bytes], pcm: PcmFormat) -> AsyncGenerator[Block, None]:
        resampler = _Resampler(pcm)
        offset_samples = 0
        async for second in _seconds(parts, pcm):
            for resampled in resampler.push(second):
                block = Block(offset_samples=offset_samples, samples=resampled)
                if block.end_samples > samples(self._max_audio_seconds):
                    raise refusals.too_long(self._max_audio_seconds)
                offset_samples = block.end_samples
                yield block
        for resampled in resampler.finish():
            yield Block(offset_samples=offset_samples, samples=resampled)
            offset_samples += len(resampled)


async def _seconds(parts: AsyncIterator[bytes], pcm: PcmFormat) -> AsyncIterator[bytes]:
    """Whole samples, a second of them at most, without waiting for more than have arrived.

    What is left at the end is a piece of a sample, and no sound.
    """
    sample_bytes = _DTYPES[pcm.encoding].itemsize
    second_bytes = pcm.rate_hertz * sample_bytes
    rest = b""
    async for part in parts:
        arrived = rest + part
        whole = len(arrived) // sample_bytes * sample_bytes
        for start in range(0, whole, second_bytes):
            yield arrived[start : min(start + second_bytes, whole)]
        rest = arrived[whole:]


class _Resampler:
    def __init__(self, pcm: PcmFormat) -> None:
        self._pcm = pcm
        self._resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        self._anything = False

    def push(self, pcm_bytes: bytes) -> Iterator[Samples]:
        frame = AudioFrame.from_ndarray(
            _sound(np.frombuffer(pcm_bytes, _DTYPES[self._pcm.encoding]))[None],
            format=_AV_FORMATS[self._pcm.encoding],
            layout="mono",
        )
        frame.sample_rate = self._pcm.rate_hertz
        self._anything = True
        yield from _within_full_scale(self._resampler.resample(frame))

    def finish(self) -> Iterator[Samples]:
        if self._anything:
            yield from _within_full_scale(self._resampler.resample(None))


def _sound(numbers: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.int16] | NDArray[np.float32]:
    """Callers may send any bits as floats; one that is no number would spoil all that the resampler says after it."""
    if numbers.dtype.kind == "f":
        return np.nan_to_num(numbers, nan=0.0, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
    return numbers


def _within_full_scale(frames: list[AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        if frame.samples:
            yield frame.to_ndarray().reshape(-1).astype(np.float32).clip(-1.0, 1.0)
