"""What is not sound, is cut off, lies or blows up gets a clear answer, and the next file is decoded as ever."""

import os
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.errors import AudioTooLong, UnsupportedMedia
from tests.media import hostile
from tests.media.containers import FLAC, M4A, MP3, OGG_OPUS, WAV, WEBM_OPUS, Kind, video_alone, with_tone
from tests.media.decoding import decoded

pytestmark = pytest.mark.asyncio(loop_scope="module")

TWENTY_HOURS_SECONDS = 20 * 3600.0
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def hours_of_silence() -> bytes:
    """Two, in 1.4 MB."""
    return hostile.flac_of_silence(2 * 3600)


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def next_file_is_decoded(decoder: PyAvDecoder) -> AsyncIterator[None]:
    yield
    assert len(await decoded(decoder, with_tone(WAV, 1.0))) == SAMPLE_RATE


@pytest.mark.parametrize(
    "content",
    [
        b"\0",
        b"RIFF",
        bytes(1_000_000),
        b"Once upon a time there was a file of words.\n" * 1000,
        b"<!doctype html><html><body>404</body></html>",
        b'{"error": "not found"}',
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(5000),
        b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(5000),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x10\0\0\0\x10\0\x08\x02\0\0\0" + bytes(5000),
        b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(5000),
        b"\x7fELF\x02\x01\x01" + bytes(5000),
        b"\x02dss" + bytes(5000),
        b"\x03ds2" + bytes(5000),
    ],
    ids=["a-byte", "riff", "zeros", "text", "html", "json", "pdf", "zip", "png", "jpeg", "elf", "dss", "ds2"],
)
async def test_what_is_not_media_is_called_so(decoder: PyAvDecoder, content: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="could not be read as audio or video"):
        await decoded(decoder, content)


async def test_noise_is_refused(decoder: PyAvDecoder) -> None:
    with pytest.raises(UnsupportedMedia):
        await decoded(decoder, os.urandom(MEBIBYTE))


async def test_empty_file_is_called_empty(decoder: PyAvDecoder) -> None:
    with pytest.raises(UnsupportedMedia, match="empty") as refusal:
        await decoded(decoder, b"")
    assert refusal.value.param == "file"


@pytest.mark.parametrize("container", ["mp4", "matroska", "avi", "mpegts"])
async def test_video_without_sound_is_called_so(decoder: PyAvDecoder, container: str) -> None:
    with pytest.raises(UnsupportedMedia, match="no audio track"):
        await decoded(decoder, video_alone(container))


async def test_codec_that_is_not_supported_is_named(decoder: PyAvDecoder) -> None:
    with pytest.raises(UnsupportedMedia, match=r"codec real_144 .*ffmpeg"):
        await decoded(decoder, with_tone(Kind("matroska", "real_144", 8_000), 1.0))


async def test_codec_that_nobody_knows_needs_no_name(decoder: PyAvDecoder) -> None:
    whole = with_tone(WAV, 1.0)
    with pytest.raises(UnsupportedMedia, match="audio codec is not supported"):
        await decoded(decoder, whole[:20] + b"\x77\x77" + whole[22:])


@pytest.mark.parametrize("header_bytes", [44, 45])
async def test_header_with_no_sound_behind_it_holds_nothing(decoder: PyAvDecoder, header_bytes: int) -> None:
    with pytest.raises(UnsupportedMedia, match="no sound that could be decoded"):
        await decoded(decoder, hostile.wav_that_claims(10, holds_seconds=1)[:header_bytes])


@pytest.mark.parametrize("kind", [WAV, MP3, FLAC, OGG_OPUS, WEBM_OPUS], ids=str)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.99])
async def test_of_a_truncated_file_what_is_there_is_decoded(decoder: PyAvDecoder, kind: Kind, kept: float) -> None:
    """Up to the codec's or the container's unit: an Ogg page here is a second."""
    whole = with_tone(kind, 10.0)
    samples = await decoded(decoder, whole[: round(len(whole) * kept)])
    assert len(samples) / SAMPLE_RATE == pytest.approx(10 * kept, abs=1.2)


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.99])
async def test_film_that_ends_before_its_index_says_what_is_missing(decoder: PyAvDecoder, kept: float) -> None:
    """An MP4's index is usually its last part; without it nobody can say what the bytes before it are."""
    whole = with_tone(M4A, 5.0)
    with pytest.raises(UnsupportedMedia, match="index is missing"):
        await decoded(decoder, whole[: round(len(whole) * kept)])


@pytest.mark.parametrize("kind", [WAV, MP3, M4A, FLAC, OGG_OPUS, WEBM_OPUS], ids=str)
async def test_truncation_anywhere_is_an_answer_not_a_crash(decoder: PyAvDecoder, kind: Kind) -> None:
    """Within the first header, and at steps through the rest: samples, or a refusal."""
    whole = with_tone(kind, 0.3)
    for end in (*range(1, 64, 5), *range(64, len(whole), len(whole) // 20)):
        assert await _seconds_or_refusal(decoder, whole[:end]) < 0.5


@pytest.mark.parametrize(
    "file_that_claims",
    [hostile.wav_that_claims, hostile.flac_that_claims, hostile.mp3_that_claims, hostile.m4a_that_claims],
)
async def test_twenty_hours_in_the_header_are_one_second_if_one_second_is_there(
    decoder: PyAvDecoder, file_that_claims: hostile.FileThatClaims
) -> None:
    samples = await decoded(decoder, file_that_claims(TWENTY_HOURS_SECONDS, holds_seconds=1.0))
    assert len(samples) / SAMPLE_RATE == pytest.approx(1.0, abs=0.07)


async def test_file_that_expands_to_hours_costs_neither_side_memory(
    decoder: PyAvDecoder, hours_of_silence: bytes
) -> None:
    """It is stopped at the limit, and until then nobody has held more than a few blocks."""
    assert len(hours_of_silence) < 2 * MEBIBYTE
    service = psutil.Process()
    before = service.memory_info().rss
    with pytest.raises(AudioTooLong, match="1200 seconds"):
        await _counted(decoder, hours_of_silence)
    assert service.memory_info().rss - before < 20 * MEBIBYTE


async def test_file_that_takes_more_than_its_processor_time_is_stopped(hours_of_silence: bytes) -> None:
    async with PyAvDecoder(DecoderLimits(cpu_seconds=1)) as frugal:
        with pytest.raises(UnsupportedMedia, match="more processor time"):
            await _counted(frugal, hours_of_silence)
        assert len(await decoded(frugal, with_tone(WAV, 1.0))) == SAMPLE_RATE


@pytest.mark.parametrize("times_the_limit", [2, 4])
async def test_index_that_unpacks_to_more_than_the_limit_is_refused(
    decoder: PyAvDecoder, limits: DecoderLimits, times_the_limit: int
) -> None:
    """A zip bomb, in the one container that compresses its index."""
    bomb = hostile.mov_with_an_index_that_unpacks_to(times_the_limit * limits.memory_bytes)
    with pytest.raises(UnsupportedMedia, match="more memory"):
        await decoded(decoder, bomb)


@pytest.mark.parametrize("samples", [10**6, 10**8, 2**31 - 1, 2**32 - 1])
async def test_index_that_claims_more_entries_than_the_file_has_bytes(decoder: PyAvDecoder, samples: int) -> None:
    assert await _seconds_or_refusal(decoder, hostile.m4a_with_a_table_of(samples)) < 2


@pytest.mark.parametrize("channels", [3, 5, 7, 16, 24])
async def test_odd_numbers_of_channels_are_mixed_down(decoder: PyAvDecoder, channels: int) -> None:
    assert len(await decoded(decoder, hostile.wav_of_channels(channels))) == SAMPLE_RATE


@pytest.mark.parametrize("channels", [9, 64, 255])
async def test_channels_that_nobody_can_mix_are_refused_with_a_way_out(decoder: PyAvDecoder, channels: int) -> None:
    with pytest.raises(UnsupportedMedia, match=rf"{channels} channels.*ffmpeg"):
        await decoded(decoder, hostile.wav_of_channels(channels))


async def _seconds_or_refusal(decoder: PyAvDecoder, content: bytes) -> float:
    """0 for a refusal; a child that crashed is not one."""
    try:
        return len(await decoded(decoder, content)) / SAMPLE_RATE
    except UnsupportedMedia as refusal:
        if "broke the decoder" in refusal.message:
            raise
        return 0.0


async def _counted(decoder: PyAvDecoder, content: bytes) -> int:
    """Like `decoded`, without keeping what comes."""
    with MemorySpool() as media:
        media.write(content)
        async with decoder.decode(media) as blocks:
            return sum([len(block.samples) async for block in blocks])
