"""Decodes one file to 16 kHz mono, inside a process of its own that is already confined.

The file may be hostile, and this process is given up to it: limits are the sandbox's matter, and the service on the
other end of the pipe believes nothing that it is told. Time is counted in samples: what a container says about times
and lengths is not asked for, so a gap in its timestamps closes.
"""

import contextlib
import io
import os
import wave
from collections.abc import Iterator

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from speechkit.adapters.media.wire import FRAME, SAMPLE_BYTES, Failure, Frame

SAMPLE_RATE = 16_000
"""speechkit.domain.audio.SAMPLE_RATE, which is not imported because it would bring numpy into every child."""

BLOCK_BYTES = 4 * SAMPLE_RATE * SAMPLE_BYTES
"""Four seconds: with one, what is done once a block cost a sixth of the time of a file of 10 s."""

# Containers that people record and send. FFmpeg knows some 350 more: playlists (hls, dash, concat), devices, network
# protocols, images and games' formats, which only widen what a hostile file can reach.
DEMUXERS = (
    "aac", "ac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "eac3", "flac", "flv", "gsm", "matroska", "mov",
    "mp3", "mpeg", "mpegts", "ogg", "tta", "voc", "w64", "wav", "wv",
)  # fmt: skip

DECODERS = (
    "aac", "aac_latm", "ac3", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "adpcm_swf", "adpcm_yamaha", "alac",
    "amrnb", "amrwb", "ape", "eac3", "flac", "g722", "g726", "gsm", "gsm_ms", "mp1", "mp1float", "mp2", "mp2float",
    "mp3", "mp3float", "nellymoser", "opus", "pcm_alaw", "pcm_bluray", "pcm_dvd", "pcm_f32be", "pcm_f32le",
    "pcm_f64be", "pcm_f64le", "pcm_mulaw", "pcm_s16be", "pcm_s16be_planar", "pcm_s16le", "pcm_s16le_planar",
    "pcm_s24be", "pcm_s24le", "pcm_s24le_planar", "pcm_s32be", "pcm_s32le", "pcm_s32le_planar", "pcm_s64be",
    "pcm_s64le", "pcm_s8", "pcm_s8_planar", "pcm_u8", "speex", "tta", "vorbis", "wavpack", "wmalossless", "wmapro",
    "wmav1", "wmav2", "wmavoice",
)  # fmt: skip

MAX_PROBE_PACKETS = 4
"""FFmpeg looks into every 44.1 kHz stereo WAV for DTS in disguise: 22 ms with its own limit, 3 ms with this one."""

MAX_READ_ERRORS = 100
"""In a row, before the rest of a damaged file is given up; a container resynchronizes within a few."""


class Unusable(Exception):
    """The file holds nothing that can be decoded."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(failure, detail)
        self.failure = failure
        self.detail = detail


def decode(file: io.IOBase, pipe_descriptor: int) -> None:
    """Everything that the file holds, as frames into the pipe, and then one frame that says how it ended."""
    kind, payload = Frame.END, b""
    try:
        for block in blocks(file):
            _send(pipe_descriptor, Frame.SAMPLES, block)
    except Unusable as unusable:
        kind, payload = Frame.FAILED, f"{unusable.failure} {unusable.detail}".encode()
    except MemoryError:
        kind, payload = Frame.FAILED, Failure.OUT_OF_MEMORY.encode()
    _send(pipe_descriptor, kind, payload)


def blocks(file: io.IOBase) -> Iterator[bytes]:
    """Raw samples, a block at a time. Raises Unusable if there are none."""
    block, anything = bytearray(), False
    with _open(file) as container:
        for samples in _resampled(_frames(container, _sound_of(container))):
            block += samples
            while len(block) >= BLOCK_BYTES:
                yield bytes(block[:BLOCK_BYTES])
                anything = True
                del block[:BLOCK_BYTES]
    if block:
        yield bytes(block)
    elif not anything:
        raise Unusable(Failure.NOTHING_DECODED)


def warm_up() -> None:
    """Decodes a sound of our own and a file that is none, so that whatever is loaded late is loaded before the fork.

    A confined child can't load it any more, and each would pay for it again.
    """
    sound = io.BytesIO()
    with wave.open(sound, "wb") as writer:
        writer.setparams((2, 2, 44_100, 0, "NONE", "not compressed"))
        writer.writeframes(bytes(44_100))
    for file in (io.BytesIO(sound.getvalue()), io.BytesIO(b"not media")):
        with contextlib.suppress(Unusable):
            list(blocks(file))


def _open(file: io.IOBase) -> InputContainer:
    try:
        return av.open(
            file,
            mode="r",
            metadata_errors="replace",
            io_open=_refuse_to_open,
            container_options={
                "format_whitelist": ",".join(DEMUXERS),
                "codec_whitelist": ",".join(DECODERS),
                "protocol_whitelist": "none",
                "max_probe_packets": str(MAX_PROBE_PACKETS),
            },
        )
    except MemoryError:
        raise
    except Exception as error:
        raise Unusable(Failure.NOT_MEDIA) from error


def _refuse_to_open(url: str, flags: int, options: dict[str, str]) -> None:
    raise PermissionError("a media file may not name other files")


def _sound_of(container: InputContainer) -> AudioStream:
    """The stream that FFmpeg finds best, or the first other one that can be decoded."""
    best = container.streams.best("audio")
    streams = [stream for stream in (best, *container.streams.audio) if isinstance(stream, AudioStream)]
    if not streams:
        raise Unusable(Failure.NO_AUDIO)
    for stream in streams:
        if _decoder_name(stream) in DECODERS:
            stream.codec_context.thread_count = 1
            return stream
    raise Unusable(Failure.UNKNOWN_CODEC, _decoder_name(streams[0]))


def _decoder_name(stream: AudioStream) -> str:
    # A codec that FFmpeg has no decoder for has no context, though the type says that it has.
    return getattr(stream.codec_context, "name", "")


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Every frame that can be decoded; what is damaged is left out, so that the rest of the file is still heard."""
    errors_in_a_row = 0
    while errors_in_a_row < MAX_READ_ERRORS:
        try:
            for packet in container.demux(stream):
                errors_in_a_row = 0
                yield from _decoded(packet)
            return
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever PyAV makes of damaged bytes
            errors_in_a_row += 1


def _decoded(packet: "Packet[AudioStream]") -> list[AudioFrame]:
    try:
        return packet.decode()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever PyAV makes of damaged bytes
        return []


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[memoryview]:
    """A file may change its rate or channels on the way; each stretch has a resampler of its own."""
    resampler, source = _resampler(), None
    for frame in frames:
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if source not in (None, shape):
            yield from _samples(resampler.resample(None))
            resampler = _resampler()
        yield from _samples(_mixed_down(resampler, frame))
        source = shape
    yield from _samples(resampler.resample(None))


def _mixed_down(resampler: AudioResampler, frame: AudioFrame) -> list[AudioFrame]:
    try:
        return resampler.resample(frame)
    except FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        raise Unusable(Failure.UNKNOWN_LAYOUT, str(frame.layout.nb_channels)) from error


def _resampler() -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)


def _samples(frames: list[AudioFrame]) -> Iterator[memoryview]:
    for frame in frames:
        # The plane is padded; the frame says how much of it is sound.
        yield memoryview(frame.planes[0])[: frame.samples * SAMPLE_BYTES]


def _send(pipe_descriptor: int, kind: Frame, payload: bytes) -> None:
    unsent = memoryview(FRAME.pack(kind, len(payload)) + payload)
    while unsent:
        unsent = unsent[os.write(pipe_descriptor, unsent) :]
