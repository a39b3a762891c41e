"""Real containers, damaged at random: each gets samples or a refusal, and the decoder lives on.

`EARSHOT_FUZZ_EXAMPLES=20000 pytest -o timeout=3600 --hypothesis-show-statistics tests/integration/media/test_fuzz.py`
looks further, each time elsewhere, and counts the answers.
"""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from speechkit.adapters.media.pyav_decoder import PyAvDecoder
from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.errors import AudioTooLong, UnsupportedMedia
from tests.media.containers import FLAC, M4A, MP3, OGG_OPUS, WAV, WEBM_OPUS, Kind, with_tone
from tests.media.decoding import decoded

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = os.environ.get("EARSHOT_FUZZ_EXAMPLES")

CONTAINERS = [
    with_tone(kind, 0.25)
    for kind in (
        WAV,
        MP3,
        M4A,
        FLAC,
        OGG_OPUS,
        WEBM_OPUS,
        Kind("mp4", "flac", 44_100, "stereo"),
        Kind("avi", "libmp3lame", 44_100, "stereo", "s16p"),
        Kind("mpegts", "aac", 48_000, "stereo", "fltp"),
        Kind("flv", "aac", 44_100, "stereo", "fltp"),
        Kind("aiff", "pcm_s16be", 44_100, "stereo"),
        Kind("caf", "pcm_s16le", 16_000),
        Kind("wv", "wavpack", 44_100, "stereo", "s16p"),
        Kind("wav", "adpcm_ms", 22_050),
    )
]

# Lengths and counts that overflow, wrap or ask for everything, in either byte order, and runs of anything.
EXTREMES = [
    b"\xff" * 4,
    b"\xff" * 8,
    bytes(4),
    bytes(8),
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\1",
]
DAMAGE = st.tuples(
    # Headers are where lengths stand: most of the damage is done to the first kilobyte.
    st.one_of(st.integers(0, 64), st.integers(0, 1024), st.integers(0, 100_000)),
    st.sampled_from(["overwrite", "insert", "cut", "repeat"]),
    st.one_of(st.sampled_from(EXTREMES), st.binary(min_size=1, max_size=16)),
)


@settings(
    max_examples=int(EXAMPLES or 300),
    deadline=None,
    derandomize=EXAMPLES is None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(container=st.sampled_from(CONTAINERS), damages=st.lists(DAMAGE, min_size=1, max_size=8))
async def test_damaged_file_is_answered(
    decoder: PyAvDecoder, container: bytes, damages: list[tuple[int, str, bytes]]
) -> None:
    content = container
    for position, kind, patch in damages:
        content = _damaged(content, position % (len(content) + 1), kind, patch)
    try:
        samples = await decoded(decoder, content)
    except (UnsupportedMedia, AudioTooLong) as refusal:
        event(refusal.message)
        return
    assert len(samples) > 0
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0


async def test_after_all_of_them_the_decoder_decodes(decoder: PyAvDecoder) -> None:
    assert len(await decoded(decoder, with_tone(WAV, 1.0))) == SAMPLE_RATE


def _damaged(content: bytes, position: int, kind: str, patch: bytes) -> bytes:
    before, after = content[:position], content[position:]
    if kind == "overwrite":
        return before + patch + after[len(patch) :]
    if kind == "insert":
        return before + patch + after
    if kind == "cut":
        return before + after[len(patch) * 16 :]
    return before + after[: len(patch) * 16] + after
