"""Files that lie, are cut off, blow up or name other files: what a decoder on the internet is sent.

Each function says in its name what is wrong with what it returns.
"""

import struct
import zlib
from typing import Protocol

import numpy as np

from speechkit.domain.audio import SAMPLE_RATE
from tests.media.containers import FLAC, M4A, MP3, WAV, Kind, encoded, silence, with_tone


class FileThatClaims(Protocol):
    def __call__(self, seconds: float, *, holds_seconds: float) -> bytes: ...


def wav_header(*, channels: int, rate: int, bytes_per_sample: int, claimed_bytes: int) -> bytes:
    """44 bytes of canonical WAV, whatever follows them."""
    frame_bytes = channels * bytes_per_sample
    shape = struct.pack("<HHIIHH", 1, channels, rate, rate * frame_bytes, frame_bytes, 8 * bytes_per_sample)
    return (
        b"RIFF" + struct.pack("<I", min(36 + claimed_bytes, 0xFFFF_FFFF)) + b"WAVE"
        b"fmt " + struct.pack("<I", len(shape)) + shape + b"data" + struct.pack("<I", claimed_bytes)
    )


def wav_that_claims(seconds: float, *, holds_seconds: float) -> bytes:
    whole = with_tone(WAV, holds_seconds)
    sound = whole[whole.index(b"data") + 8 :]
    claimed_bytes = min(round(seconds * SAMPLE_RATE) * 2, 0xFFFF_FFFE)
    return wav_header(channels=1, rate=SAMPLE_RATE, bytes_per_sample=2, claimed_bytes=claimed_bytes) + sound


def flac_that_claims(seconds: float, *, holds_seconds: float) -> bytes:
    """STREAMINFO ends with 20 bits of rate, 3 of channels, 5 of depth, 36 of samples, and a checksum."""
    file = bytearray(with_tone(FLAC, holds_seconds))
    (packed,) = struct.unpack_from(">Q", file, 18)
    struct.pack_into(">Q", file, 18, packed >> 36 << 36 | round(seconds * FLAC.rate))
    return bytes(file)


def mp3_that_claims(seconds: float, *, holds_seconds: float) -> bytes:
    """The Xing frame says how many frames and bytes follow."""
    file = bytearray(with_tone(MP3, holds_seconds))
    marker = max(file.find(b"Xing"), file.find(b"Info"))
    frames = round(seconds * MP3.rate / 1152)
    struct.pack_into(">III", file, marker + 4, 3, frames, frames * 417)
    return bytes(file)


def m4a_that_claims(seconds: float, *, holds_seconds: float) -> bytes:
    """Movie, track, edit list and media each say how long they are."""
    file = bytearray(with_tone(M4A, holds_seconds))
    movie = file.index(b"mvhd") + 4
    (movie_scale,) = struct.unpack_from(">I", file, movie + 12)
    struct.pack_into(">I", file, movie + 16, round(seconds * movie_scale))
    struct.pack_into(">I", file, file.index(b"tkhd") + 4 + 20, round(seconds * movie_scale))
    struct.pack_into(">I", file, file.index(b"mdhd") + 4 + 16, min(round(seconds * M4A.rate), 0xFFFF_FFFF))
    struct.pack_into(">I", file, file.index(b"elst") + 4 + 8, round(seconds * movie_scale))
    return bytes(file)


def m4a_with_a_table_of(samples: int) -> bytes:
    """An index that says it has so many entries, each of one byte."""
    file = bytearray(with_tone(M4A, 1.0))
    table = file.index(b"stsz") + 4
    struct.pack_into(">II", file, table + 4, 1, samples)
    durations = file.index(b"stts") + 4
    struct.pack_into(">III", file, durations + 4, 1, samples, 1)
    chunks = file.index(b"stsc") + 4
    struct.pack_into(">IIII", file, chunks + 4, 1, 1, samples, 1)
    return bytes(file)


def mov_with_an_index_that_unpacks_to(size_bytes: int) -> bytes:
    """A compressed movie header, the zip bomb among containers: a thousandth of that many bytes."""
    packer = zlib.compressobj(level=1)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size_bytes >> 20)) + packer.flush()
    compressed = _box(b"cmov", _box(b"dcom", b"zlib") + _box(b"cmvd", struct.pack(">I", size_bytes) + packed))
    return _box(b"ftyp", b"qt  " + bytes(4) + b"qt  ") + _box(b"moov", compressed)


def flac_of_silence(seconds: float) -> bytes:
    """About 0.7 MB for each hour."""
    return encoded(Kind("flac", "flac", 8_000), silence(seconds, rate=8_000))


def wav_of_channels(channels: int, *, seconds: float = 1.0, rate: int = 16_000) -> bytes:
    """Without a word on where the channels' speakers stand."""
    samples = np.zeros((round(seconds * rate), channels), np.int16).tobytes()
    header = wav_header(channels=channels, rate=rate, bytes_per_sample=2, claimed_bytes=len(samples))
    return header + samples


class Playlist(Protocol):
    def __call__(self, url: str) -> bytes: ...


def hls_playlist(url: str) -> bytes:
    return (
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
        f"#EXTINF:10.0,\n{url}\n#EXT-X-ENDLIST\n"
    ).encode()


def hls_with_a_key_at(url: str) -> bytes:
    """The segment is real sound in a data URL; its key is to be fetched."""
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{url}"'
    return hls_playlist("data:audio/mpeg;base64,AAAA").replace(b"#EXTINF", key.encode() + b"\n#EXTINF")


def m3u(url: str) -> bytes:
    """The plain list of addresses that media players keep."""
    return f"{url}\n".encode() * 50


def concat_script(url: str) -> bytes:
    return f"ffconcat version 1.0\nfile '{url}'\n".encode()


def dash_manifest(url: str) -> bytes:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="128000" audioSamplingRate="44100">'
        f"<BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    ).encode()


def sdp_session(port: int) -> bytes:
    return f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n".encode()


def mov_that_refers_to(path: str) -> bytes:
    """A data reference (`alis`, then `url `) in place of the note that the sound is in this file."""
    file = with_tone(M4A, 1.0)
    own = b"\0\0\0\x0curl \0\0\0\x01"
    other = _box(b"url ", bytes(4) + f"file://{path}".encode() + b"\0")
    return file.replace(own, other[: len(own)].ljust(len(own), b"\0"))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content
