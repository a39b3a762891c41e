"""Real containers with a known sound in them, encoded by PyAV when a test asks; no audio is kept in the repository.

Files that are broken or hostile on purpose are in `hostile`.
"""

import functools
import io
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from speechkit.domain.audio import Samples

TONE_HERTZ = 440
VIDEO_FRAMES_PER_SECOND = 25


@dataclass(frozen=True)
class Kind:
    """A container, a codec in it, and the shape of the sound."""

    container: str
    codec: str
    rate: int = 48_000
    layout: str = "mono"
    sample_format: str = "s16"

    def __str__(self) -> str:
        return f"{self.container}-{self.codec}-{self.rate}-{self.layout}-{self.sample_format}"


WAV = Kind("wav", "pcm_s16le", 16_000)
MP3 = Kind("mp3", "libmp3lame", 44_100, "stereo", "s16p")
M4A = Kind("mp4", "aac", 44_100, "stereo", "fltp")
FLAC = Kind("flac", "flac", 44_100, "stereo")
OGG_OPUS = Kind("ogg", "libopus")
WEBM_OPUS = Kind("webm", "libopus", layout="stereo")

KINDS = (
    WAV,
    MP3,
    M4A,
    FLAC,
    OGG_OPUS,
    WEBM_OPUS,
    Kind("wav", "pcm_s16le", 44_100, "stereo"),
    Kind("wav", "pcm_mulaw", 8_000),
    Kind("wav", "pcm_f32le", 48_000, "stereo", "flt"),
    Kind("wav", "adpcm_ms", 22_050),
    Kind("w64", "pcm_s16le", 44_100, "stereo"),
    Kind("mp3", "libmp3lame", 16_000, "mono", "s16p"),
    Kind("mp2", "mp2", 44_100, "stereo"),
    Kind("adts", "aac", 44_100, "stereo", "fltp"),
    Kind("mov", "alac", 44_100, "stereo", "s16p"),
    Kind("mp4", "flac", 44_100, "stereo"),
    Kind("3gp", "libopencore_amrnb", 8_000),
    Kind("amr", "libopencore_amrnb", 8_000),
    Kind("matroska", "pcm_s16le", 44_100, "stereo"),
    Kind("matroska", "ac3", 48_000, "5.1", "fltp"),
    Kind("ogg", "flac", 44_100, "stereo"),
    Kind("aiff", "pcm_s16be", 44_100, "stereo"),
    Kind("aiff", "pcm_mulaw", 8_000),
    Kind("asf", "libmp3lame", 44_100, "stereo", "s16p"),
    Kind("asf", "wmav1", 44_100, "stereo", "fltp"),
    Kind("asf", "wmav2", 44_100, "stereo", "fltp"),
    Kind("wav", "adpcm_ima_wav", 22_050, "mono", "s16p"),
    Kind("au", "pcm_alaw", 8_000),
    Kind("caf", "pcm_s16le", 44_100, "stereo"),
    Kind("avi", "libmp3lame", 44_100, "stereo", "s16p"),
    Kind("flv", "aac", 44_100, "stereo", "fltp"),
    Kind("mpegts", "aac", 48_000, "stereo", "fltp"),
    Kind("mpeg", "mp2", 44_100, "stereo"),
    Kind("wv", "wavpack", 44_100, "stereo", "s16p"),
    Kind("tta", "tta", 44_100, "stereo"),
)


def tone(seconds: float, *, rate: int, level: float = 0.5) -> Samples:
    """A sine, which resampling and lossy codecs leave recognizable."""
    return (level * np.sin(2 * np.pi * TONE_HERTZ * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def silence(seconds: float, *, rate: int) -> Samples:
    return np.zeros(round(seconds * rate), np.float32)


@functools.cache
def with_tone(kind: Kind, seconds: float, *, video: bool = False) -> bytes:
    """The same tone on every channel."""
    return encoded(kind, tone(seconds, rate=kind.rate), video=video)


def encoded(kind: Kind, sound: Samples, *, video: bool = False) -> bytes:
    """`sound`, at the kind's own rate, on every channel; `video` adds a black picture for as long."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind.container) as container:
        picture = _add_picture(container) if video else None
        track = container.add_stream(kind.codec, rate=kind.rate)
        assert isinstance(track, AudioStream)
        track.layout = kind.layout
        track.format = kind.sample_format
        if kind.codec.startswith("wma"):
            track.bit_rate = 128_000  # which its encoder can't do without
        if picture is not None:
            _show_black(container, picture, seconds=len(sound) / kind.rate)
        _play(container, track, sound)
    return file.getvalue()


def video_alone(container_name: str, seconds: float = 1.0) -> bytes:
    """A film without a sound track."""
    file = io.BytesIO()
    with av.open(file, "w", format=container_name) as container:
        _show_black(container, _add_picture(container), seconds=seconds)
    return file.getvalue()


def _add_picture(container: OutputContainer) -> VideoStream:
    picture = container.add_stream("libx264", rate=VIDEO_FRAMES_PER_SECOND)
    assert isinstance(picture, VideoStream)
    picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
    return picture


def _show_black(container: OutputContainer, picture: VideoStream, *, seconds: float) -> None:
    for number in range(round(seconds * VIDEO_FRAMES_PER_SECOND)):
        frame = av.VideoFrame(picture.width, picture.height, "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, VIDEO_FRAMES_PER_SECOND)
        container.mux(picture.encode(frame))
    container.mux(picture.encode(None))


def _play(container: OutputContainer, track: AudioStream, sound: Samples) -> None:
    channels = track.layout.nb_channels
    for offset in range(0, len(sound), track.rate):
        chunk = np.clip(np.rint(sound[offset : offset + track.rate] * 32_768), -32_768, 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(chunk, channels)[np.newaxis], format="s16", layout=track.layout)
        frame.rate, frame.pts, frame.time_base = track.rate, offset, Fraction(1, track.rate)
        container.mux(track.encode(frame))
    container.mux(track.encode(None))
