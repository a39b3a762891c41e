"""Every container and codec that people send comes out as the sound that went in."""

import numpy as np
import pytest

from speechkit.adapters.media.pyav_decoder import PyAvDecoder
from speechkit.domain.audio import SAMPLE_RATE, Samples
from tests.media.containers import (
    KINDS,
    M4A,
    MP3,
    OGG_OPUS,
    TONE_HERTZ,
    WAV,
    Kind,
    encoded,
    silence,
    tone,
    with_tone,
)
from tests.media.decoding import decoded

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRIMING_SECONDS = 0.07
"""Codecs work in frames of up to 46 ms and start with one of silence, which not every container says to leave out."""


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_tone_comes_out_as_it_went_in(decoder: PyAvDecoder, kind: Kind) -> None:
    """Pitch, loudness and length survive the container, the codec, the downmix and the change of rate."""
    samples = await decoded(decoder, with_tone(kind, 2.0))
    assert len(samples) / SAMPLE_RATE == pytest.approx(2.0, abs=PRIMING_SECONDS)
    assert _hertz(samples) == pytest.approx(TONE_HERTZ, abs=2)
    # AMR models a voice, and gives a sine back 14 % quieter; the others are within 3 %.
    assert _level(samples) == pytest.approx(0.5, rel=0.2)


@pytest.mark.parametrize(
    "kind", [M4A, Kind("matroska", "libopus"), Kind("mpegts", "aac", sample_format="fltp")], ids=str
)
async def test_sound_of_a_film(decoder: PyAvDecoder, kind: Kind) -> None:
    samples = await decoded(decoder, with_tone(kind, 2.0, video=True))
    assert len(samples) / SAMPLE_RATE == pytest.approx(2.0, abs=PRIMING_SECONDS)
    assert _hertz(samples) == pytest.approx(TONE_HERTZ, abs=2)


@pytest.mark.parametrize(
    "kind",
    [
        Kind("wav", "pcm_s24le", 192_000, "stereo", "s32"),
        Kind("flac", "flac", 192_000, "stereo", "s32"),
        Kind("wav", "pcm_s16le", 48_000, "7.1"),
        Kind("flac", "flac", 48_000, "7.1"),
        Kind("wav", "pcm_s16le", 48_000, "5.1"),
        Kind("wav", "pcm_f64le", 96_000, "quad", "dbl"),
    ],
    ids=str,
)
async def test_studio_files(decoder: PyAvDecoder, kind: Kind) -> None:
    """192 kHz, 24 bit, 8 channels: the same tone on each stays the same tone, neither clipped nor lost."""
    samples = await decoded(decoder, with_tone(kind, 1.0))
    assert len(samples) / SAMPLE_RATE == pytest.approx(1.0, abs=0.001)
    assert _hertz(samples) == pytest.approx(TONE_HERTZ, abs=2)
    assert _level(samples) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        pytest.param(b"#!AMR-WB\n" + b"\x7c" * 100, 2.0, id="amr-wb"),
        pytest.param((b"\xd0" + bytes(32)) * 200, 4.0, id="gsm"),
    ],
)
async def test_formats_that_nothing_here_encodes(decoder: PyAvDecoder, content: bytes, seconds: float) -> None:
    """Frames by hand: of 20 ms, that hold no sound."""
    assert len(await decoded(decoder, content)) == seconds * SAMPLE_RATE


async def test_full_scale_on_every_channel_is_not_clipped(decoder: PyAvDecoder) -> None:
    """A downmix that adds without normalizing would flatten the peaks, and Whisper would hear the distortion."""
    kind = Kind("wav", "pcm_f32le", 48_000, "stereo", "flt")
    samples = await decoded(decoder, encoded(kind, tone(1.0, rate=kind.rate, level=0.99)))
    assert _level(samples) == pytest.approx(0.99, rel=0.02)
    assert np.mean(np.abs(samples) > 0.98) < 0.2


async def test_silence_stays_silence(decoder: PyAvDecoder) -> None:
    samples = await decoded(decoder, encoded(WAV, silence(5.0, rate=WAV.rate)))
    assert len(samples) == 5 * SAMPLE_RATE
    assert not samples.any()


async def test_fifty_milliseconds_are_fifty_milliseconds(decoder: PyAvDecoder) -> None:
    """That this is too short to transcribe is not for the decoder to say."""
    assert len(await decoded(decoder, with_tone(WAV, 0.05))) == 0.05 * SAMPLE_RATE


async def test_rate_and_channels_may_change_on_the_way(decoder: PyAvDecoder) -> None:
    """Stations join recordings without encoding them anew."""
    joined = with_tone(MP3, 2.0) + with_tone(Kind("mp3", "libmp3lame", 32_000, "mono", "s16p"), 2.0)
    samples = await decoded(decoder, joined)
    assert len(samples) / SAMPLE_RATE == pytest.approx(4.0, abs=0.2)
    assert _hertz(samples[: 2 * SAMPLE_RATE]) == pytest.approx(TONE_HERTZ, abs=2)
    assert _hertz(samples[-SAMPLE_RATE:]) == pytest.approx(TONE_HERTZ, abs=2)


@pytest.mark.parametrize("kind", [MP3, OGG_OPUS, Kind("adts", "aac", 44_100, "stereo", "fltp")], ids=str)
async def test_damage_in_the_middle_costs_only_the_damaged_part(decoder: PyAvDecoder, kind: Kind) -> None:
    file = bytearray(with_tone(kind, 10.0))
    middle = len(file) // 2
    file[middle : middle + 2000] = b"\xa5" * 2000
    samples = await decoded(decoder, bytes(file))
    assert len(samples) / SAMPLE_RATE > 7
    assert _hertz(samples[: 3 * SAMPLE_RATE]) == pytest.approx(TONE_HERTZ, abs=2)
    assert _hertz(samples[-3 * SAMPLE_RATE :]) == pytest.approx(TONE_HERTZ, abs=2)


def _hertz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * SAMPLE_RATE / len(samples))


def _level(samples: Samples) -> float:
    """Of a sine: its mean square is half its amplitude's square."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(np.sqrt(2 * np.mean(np.square(middle))))
