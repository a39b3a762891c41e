"""Media that is asked for block by block: heard exactly as from memory, and never whole in it."""

import asyncio
import socket
import struct
from pathlib import Path

import numpy as np
import psutil
import pytest

from speechkit.adapters.media import wire
from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.ranged import SMALL_BYTES, blob_media, ranged
from speechkit.domain.audio import SAMPLE_RATE, Samples
from speechkit.domain.errors import EarshotError, Internal, NotFound, StoreUnavailable, UnsupportedMedia
from speechkit.ports import ReadBlob
from tests.media.containers import FLAC, M4A, MP3, OGG_OPUS, WAV, Kind, encoded, with_tone
from tests.media.decoding import decoded
from tests.stores.blobs import parts, sealed_store

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEBIBYTE = 1024 * 1024
STUDIO_WAV = Kind("wav", "pcm_f64le", 96_000, "quad", "dbl")


def reader_of(content: bytes) -> ReadBlob:
    async def read(start: int, length: int) -> bytes:
        return content[start : start + length]

    return read


def header_of_wav(size_bytes: int) -> bytes:
    """Of a studio's file, as large as that."""
    short = with_tone(STUDIO_WAV, 0.1)
    sound = short.index(b"data")
    riff, data = (struct.pack("<I", size_bytes - before) for before in (8, sound + 8))
    return short[:4] + riff + short[8:sound] + b"data" + data


async def heard(decoder: PyAvDecoder, read: ReadBlob, size_bytes: int) -> Samples:
    async with ranged(read, size_bytes) as media, decoder.decode(media) as blocks:
        return np.concatenate([np.zeros(0, np.float32), *[block.samples async for block in blocks]])


@pytest.mark.parametrize(
    "kind",
    [WAV, MP3, M4A, FLAC, OGG_OPUS, Kind("mov", "alac", 44_100, "stereo", "s16p"), Kind("matroska", "libopus")],
    ids=str,
)
async def test_it_is_heard_as_from_memory(decoder: PyAvDecoder, kind: Kind) -> None:
    """An MP4 has its index at the end; not one sample differs."""
    content = with_tone(kind, 20.0)
    samples = await heard(decoder, reader_of(content), len(content))
    assert len(samples) > 19 * SAMPLE_RATE
    assert np.array_equal(samples, await decoded(decoder, content))


@pytest.mark.parametrize("kind", [STUDIO_WAV, Kind("mp4", "flac", 48_000, "stereo")], ids=str)
async def test_a_file_of_many_blocks_is_heard_as_from_memory(decoder: PyAvDecoder, kind: Kind) -> None:
    noise = np.random.default_rng(7).uniform(-0.5, 0.5, 40 * kind.rate if kind.container == "mp4" else 6 * kind.rate)
    content = encoded(kind, noise.astype(np.float32))
    assert len(content) > 3 * wire.BLOCK_BYTES
    samples = await heard(decoder, reader_of(content), len(content))
    assert np.array_equal(samples, await decoded(decoder, content))


async def test_it_is_heard_out_of_a_sealed_store(decoder: PyAvDecoder, tmp_path: Path) -> None:
    content = with_tone(STUDIO_WAV, 3.0)
    assert len(content) > SMALL_BYTES
    async with sealed_store(str(tmp_path / "blobs"), data_dir=tmp_path) as store:
        await store.put("jobs/1/audio", parts(content))

        async def read(start: int, length: int) -> bytes:
            return await store.read("jobs/1/audio", start=start, length=length)

        async with blob_media(read, len(content)) as media, decoder.decode(media) as blocks:
            samples = np.concatenate([block.samples async for block in blocks])
    assert np.array_equal(samples, await decoded(decoder, content))


@pytest.mark.parametrize(
    "failure",
    [NotFound("It is gone."), StoreUnavailable("Away."), Internal("Altered.")],
    ids=lambda error: error.reason,
)
@pytest.mark.parametrize("whole_blocks", [0, 1, 3])
async def test_a_blob_that_vanishes_ends_in_the_reason_and_never_in_half_a_transcript(
    decoder: PyAvDecoder, failure: EarshotError, whole_blocks: int
) -> None:
    content = with_tone(STUDIO_WAV, 3.0)

    async def vanishes(start: int, length: int) -> bytes:
        if start >= whole_blocks * wire.BLOCK_BYTES:
            raise failure
        return content[start : start + length]

    with pytest.raises(type(failure), match=failure.message):
        await heard(decoder, vanishes, len(content))
    assert len(await decoded(decoder, with_tone(WAV, 1.0))) == SAMPLE_RATE


async def test_a_blob_that_is_shorter_than_it_was_is_told(decoder: PyAvDecoder) -> None:
    content = with_tone(STUDIO_WAV, 3.0)
    with pytest.raises(Internal, match="shorter than it was"):
        await heard(decoder, reader_of(content[: len(content) // 2]), len(content))


async def test_what_is_no_media_is_told_as_ever(decoder: PyAvDecoder) -> None:
    with pytest.raises(UnsupportedMedia, match="could not be read as audio"):
        await heard(decoder, reader_of(b"not media" * 1_000), 9_000)
    with pytest.raises(UnsupportedMedia, match="empty"):
        await heard(decoder, reader_of(b""), 0)


async def test_leaving_in_mid_file_reads_no_further(decoder: PyAvDecoder) -> None:
    content, asked = with_tone(STUDIO_WAV, 20.0), []

    async def read(start: int, length: int) -> bytes:
        asked.append(start)
        return content[start : start + length]

    async with ranged(read, len(content)) as media, decoder.decode(media) as blocks:
        await anext(blocks)
    before = len(asked)
    await asyncio.sleep(0.1)
    assert len(asked) == before < len(content) / wire.BLOCK_BYTES


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 0), (0, wire.BLOCK_BYTES + 1), (900, 200), (2**63, 1), (0, 2**63), (wire.HOW_LARGE - 1, 10)],
)
async def test_a_decoder_that_asks_for_what_is_not_there_gets_nothing(start: int, length: int) -> None:
    """A hostile file may speak through it."""
    with pytest.raises(UnsupportedMedia, match="broke the decoder"):
        async with ranged(reader_of(bytes(1_000)), 1_000) as media:
            assert isinstance(media, socket.socket)
            media.sendall(struct.pack("<QQ", start, length))
            assert await asyncio.to_thread(media.recv, 1) == b""


async def test_a_gigabyte_is_heard_in_little_memory() -> None:
    """Neither this process nor the decoder's, which would be refused more, holds more than a few blocks of it."""
    size = 1024 * MEBIBYTE
    header, silence = header_of_wav(size), bytes(wire.BLOCK_BYTES)
    most, process = 0, psutil.Process()

    async def read(start: int, length: int) -> bytes:
        nonlocal most
        most = max(most, process.memory_info().rss)
        return (header[start:] + silence)[:length]

    async with PyAvDecoder(DecoderLimits(memory_bytes=64 * MEBIBYTE)) as small_decoder:
        before = process.memory_info().rss
        async with ranged(read, size) as media, small_decoder.decode(media) as blocks:
            seconds = sum([len(block.samples) async for block in blocks]) / SAMPLE_RATE
    assert seconds == pytest.approx(size / (96_000 * 4 * 8), abs=0.1)
    assert most - before < 16 * MEBIBYTE
