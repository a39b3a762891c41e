"""The port MediaDecoder: what the pipeline relies on, whoever decodes."""

import asyncio
import os
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.domain.audio import SAMPLE_RATE, Block
from speechkit.domain.errors import AudioTooLong, UnsupportedMedia
from speechkit.ports import MediaDecoder
from tests.fakes.media_decoder import FakeMediaDecoder
from tests.media.containers import WAV, encoded, tone, with_tone
from tests.media.decoding import decoded

MAX_AUDIO_SECONDS = 60.0

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=[FakeMediaDecoder, PyAvDecoder])
async def decoder(request: pytest.FixtureRequest) -> AsyncIterator[MediaDecoder]:
    if request.param is FakeMediaDecoder:
        yield FakeMediaDecoder()
        return
    async with PyAvDecoder(DecoderLimits(max_audio_seconds=MAX_AUDIO_SECONDS)) as decoder:
        yield decoder


async def test_samples_come_out_as_they_were_recorded(decoder: MediaDecoder) -> None:
    """16-bit sound at the product's own rate needs no resampling: not one sample differs."""
    sound = tone(2.5, rate=SAMPLE_RATE)
    assert np.allclose(await decoded(decoder, encoded(WAV, sound)), sound, atol=1 / 32_768)


async def test_blocks_follow_one_another_from_offset_0(decoder: MediaDecoder) -> None:
    with _spooled(with_tone(WAV, 10.3)) as media:
        async with decoder.decode(media) as blocks:
            received = [block async for block in blocks]
    assert len(received) > 1
    assert [block.offset_samples for block in received] == [0, *(block.end_samples for block in received[:-1])]
    assert received[-1].end_samples == round(10.3 * SAMPLE_RATE)
    assert {block.samples.dtype for block in received} == {np.dtype(np.float32)}
    assert all(block.samples.ndim == 1 and 0 < len(block.samples) <= 5 * SAMPLE_RATE for block in received)


async def test_samples_stay_within_full_scale(decoder: MediaDecoder) -> None:
    samples = await decoded(decoder, encoded(WAV, tone(1.0, rate=SAMPLE_RATE, level=1.0)))
    assert 0.99 < np.abs(samples).max() <= 1.0


async def test_position_of_the_descriptor_does_not_matter(decoder: MediaDecoder) -> None:
    """A spool stands at its end after the last write, and the same upload may be read twice at a time."""
    sound = tone(12.0, rate=SAMPLE_RATE)
    with _spooled(encoded(WAV, sound)) as media:
        assert os.lseek(media.fileno(), 0, os.SEEK_CUR) == media.size_bytes
        async with decoder.decode(media) as first, decoder.decode(media) as second:
            both = [(await anext(first), await anext(second)) for _ in range(3)]
        assert all(np.array_equal(one.samples, other.samples) for one, other in both)
        assert np.allclose(both[0][0].samples, sound[: len(both[0][0].samples)], atol=1 / 32_768)


async def test_leaving_in_mid_file_leaves_the_decoder_usable(decoder: MediaDecoder) -> None:
    content = with_tone(WAV, 30.0)
    for _ in range(3):
        with _spooled(content) as media:
            async with decoder.decode(media) as blocks:
                assert isinstance(await anext(blocks), Block)
    assert len(await decoded(decoder, content)) == 30 * SAMPLE_RATE


async def test_cancelled_reader_leaves_the_decoder_usable(decoder: MediaDecoder) -> None:
    content = with_tone(WAV, 30.0)
    started = asyncio.Event()

    async def read_slowly() -> None:
        with _spooled(content) as media:
            async with decoder.decode(media) as blocks:
                async for _ in blocks:
                    started.set()
                    await asyncio.sleep(60)

    reader = asyncio.create_task(read_slowly())
    await started.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert len(await decoded(decoder, content)) == 30 * SAMPLE_RATE


@pytest.mark.parametrize("content", [b"", b"\0", b"This is a letter, not sound.\n" * 100, bytes(100_000)])
async def test_what_is_not_media_is_refused(decoder: MediaDecoder, content: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        await decoded(decoder, content)


async def test_more_than_the_limit_is_refused_where_it_is_reached(
    decoder: MediaDecoder, request: pytest.FixtureRequest
) -> None:
    if isinstance(decoder, FakeMediaDecoder):
        request.applymarker(pytest.mark.xfail(strict=True, reason="the fake knows no limit"))
    content = with_tone(WAV, MAX_AUDIO_SECONDS + 5)
    received: list[Block] = []
    with _spooled(content) as media, pytest.raises(AudioTooLong, match="60 seconds"):
        await _receive(decoder, media, received)
    assert 0.9 * MAX_AUDIO_SECONDS < received[-1].end_samples / SAMPLE_RATE <= MAX_AUDIO_SECONDS


async def test_exactly_the_limit_is_accepted(decoder: MediaDecoder) -> None:
    samples = await decoded(decoder, with_tone(WAV, MAX_AUDIO_SECONDS))
    assert len(samples) == MAX_AUDIO_SECONDS * SAMPLE_RATE


async def test_iterating_on_after_the_end_gives_nothing(decoder: MediaDecoder) -> None:
    with _spooled(with_tone(WAV, 1.0)) as media:
        async with decoder.decode(media) as blocks:
            assert [block async for block in blocks]
            assert not [block async for block in blocks]


async def _receive(decoder: MediaDecoder, media: MemorySpool, received: list[Block]) -> None:
    async with decoder.decode(media) as blocks:
        async for block in blocks:
            received.append(block)  # noqa: PERF401 - keeps what came before an error


def _spooled(content: bytes) -> MemorySpool:
    media = MemorySpool()
    media.write(content)
    return media
