"""What the decoding process repeats of the domain and of FFmpeg is the same there."""

import av
import pytest

from speechkit.adapters.media import decoding, wire
from speechkit.domain import audio


def test_rate_is_the_domains() -> None:
    assert decoding.SAMPLE_RATE == audio.SAMPLE_RATE


def test_block_fits_into_a_frame() -> None:
    assert decoding.BLOCK_BYTES <= wire.MAX_PAYLOAD_BYTES


def test_every_container_on_the_list_is_one_that_ffmpeg_reads() -> None:
    """A name that FFmpeg has given up would silently refuse files."""
    assert all(av.ContainerFormat(name).is_input for name in decoding.DEMUXERS)


@pytest.mark.parametrize("name", decoding.DECODERS)
def test_every_decoder_on_the_list_is_one_that_ffmpeg_has(name: str) -> None:
    codec = av.Codec(name, "r")
    assert (codec.name, codec.type) == (name, "audio")


@pytest.mark.parametrize(
    "name", ["hls", "dash", "concat", "rtsp", "sdp", "image2", "lavfi", "tty", "webm_dash_manifest"]
)
def test_containers_that_name_other_files_are_not_on_the_list(name: str) -> None:
    assert name not in decoding.DEMUXERS
