"""Short files of the kinds whose readers differ the most: what a fuzz of the decoder begins with."""

from tests.media.containers import FLAC, M4A, MP3, OGG_OPUS, WAV, WEBM_OPUS, Kind, with_tone

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
