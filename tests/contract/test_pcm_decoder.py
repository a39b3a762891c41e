"""The port PcmDecoder: what the pipeline relies on when samples arrive raw."""

from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechkit.adapters.media.pcm import ResamplingPcmDecoder
from speechkit.domain.audio import SAMPLE_RATE, Block
from speechkit.domain.errors import AudioTooLong, InvalidRequest
from speechkit.domain.pcm import PcmEncoding, PcmFormat

MAX_AUDIO_SECONDS = 20.0
S16 = PcmFormat(encoding=PcmEncoding.S16LE, rate_hertz=SAMPLE_RATE)
F32 = PcmFormat(encoding=PcmEncoding.F32LE, rate_hertz=SAMPLE_RATE)


def tone(seconds: float, *, rate_hertz: int) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate_hertz)) / rate_hertz)


def s16(sound: np.ndarray) -> bytes:
    return (sound * 32_767).astype("<i2").tobytes()


def in_parts(content: bytes, part_bytes: int) -> list[bytes]:
    return [content[start : start + part_bytes] for start in range(0, len(content), part_bytes)]


async def arriving(parts: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def decoded(parts: list[bytes], pcm: PcmFormat) -> list[Block]:
    decoder = ResamplingPcmDecoder(max_audio_seconds=MAX_AUDIO_SECONDS)
    async with decoder.decode(arriving(parts), pcm) as blocks:
        return [block async for block in blocks]


async def heard(parts: list[bytes], pcm: PcmFormat) -> np.ndarray:
    blocks = await decoded(parts, pcm)
    return np.concatenate([block.samples for block in blocks]) if blocks else np.zeros(0, np.float32)


async def test_samples_at_our_own_rate_come_out_as_they_went_in() -> None:
    sound = tone(2.5, rate_hertz=SAMPLE_RATE)
    assert np.allclose(await heard([s16(sound)], S16), sound, atol=1 / 16_384)
    assert np.array_equal(await heard([sound.astype("<f4").tobytes()], F32), sound.astype(np.float32))


@pytest.mark.parametrize("rate_hertz", [8_000, 24_000, 44_100, 48_000, 192_000])
async def test_other_rates_are_the_same_sound_at_16_khz(rate_hertz: int) -> None:
    pcm = PcmFormat(encoding=PcmEncoding.S16LE, rate_hertz=rate_hertz)
    samples = await heard(in_parts(s16(tone(3.0, rate_hertz=rate_hertz)), 4_097), pcm)
    assert len(samples) == pytest.approx(3.0 * SAMPLE_RATE, abs=1)
    inside = slice(200, -200)  # the resampler's filter reaches over both ends
    assert np.abs(samples - tone(3.0, rate_hertz=SAMPLE_RATE)[: len(samples)])[inside].max() < 0.001


@given(cuts=st.lists(st.integers(0, 3_000), max_size=20))
@settings(deadline=None, max_examples=50)
async def test_parts_may_be_cut_anywhere(cuts: list[int]) -> None:
    """In the middle of a sample too, and into nothing."""
    content = s16(tone(0.1, rate_hertz=8_000))
    pcm = PcmFormat(encoding=PcmEncoding.S16LE, rate_hertz=8_000)
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    parts = [content[start:end] for start, end in pairwise(edges)]
    assert np.array_equal(await heard(parts, pcm), await heard([content], pcm))


async def test_blocks_follow_one_another_and_are_a_second_long_at_most() -> None:
    """However large a part is: memory is bounded by blocks."""
    pcm = PcmFormat(encoding=PcmEncoding.S16LE, rate_hertz=48_000)
    blocks = await decoded([s16(tone(10.3, rate_hertz=48_000))], pcm)
    assert [block.offset_samples for block in blocks] == [0, *(block.end_samples for block in blocks[:-1])]
    assert max(len(block.samples) for block in blocks) <= SAMPLE_RATE + 100
    assert {block.samples.dtype for block in blocks} == {np.dtype(np.float32)}


async def test_a_block_does_not_wait_for_the_next_part() -> None:
    """Live callers want text while they speak."""
    taken = 0

    async def speaking() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield s16(tone(0.5, rate_hertz=SAMPLE_RATE))

    async with ResamplingPcmDecoder(max_audio_seconds=MAX_AUDIO_SECONDS).decode(speaking(), S16) as blocks:
        assert (await anext(blocks)).end_samples == SAMPLE_RATE // 2
        assert taken == 1


@pytest.mark.parametrize("parts", [[], [b""], [b"\1"], [b"", b"\1", b""]])
async def test_no_whole_sample_is_no_block(parts: list[bytes]) -> None:
    assert await decoded(parts, S16) == []


async def test_any_bits_are_samples_within_full_scale() -> None:
    """As floats they may be infinite or no number at all, which must not spoil the sound after them."""
    garbage = np.random.default_rng(7).bytes(40_000) + np.array([np.nan, np.inf, -np.inf, 1e30], "<f4").tobytes()
    pcm = PcmFormat(encoding=PcmEncoding.F32LE, rate_hertz=44_100)
    sound = tone(1.0, rate_hertz=44_100).astype("<f4").tobytes()
    samples = await heard([garbage, sound], pcm)
    assert np.abs(samples).max() <= 1.0
    assert np.abs(samples[-8_000:]).max() == pytest.approx(0.5, abs=0.01)


async def test_more_than_the_limit_is_refused_where_it_is_reached() -> None:
    with pytest.raises(AudioTooLong, match="20 seconds"):
        await decoded([s16(tone(1.0, rate_hertz=SAMPLE_RATE))] * 21, S16)
    assert len(await heard([s16(tone(1.0, rate_hertz=SAMPLE_RATE))] * 20, S16)) == 20 * SAMPLE_RATE


@pytest.mark.parametrize("rate_hertz", [-1, 0, 1, 7_999, 192_001, 2**32 - 1])
def test_rates_that_nobody_records_at_are_refused(rate_hertz: int) -> None:
    with pytest.raises(InvalidRequest, match="8000 to 192000") as caught:
        PcmFormat(encoding=PcmEncoding.S16LE, rate_hertz=rate_hertz)
    assert caught.value.param == "sample_rate_hertz"
