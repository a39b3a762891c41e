"""The same speech as it comes over a telephone, from afar, quietly, over music or through noise.

Whether it is still heard is the tests' matter.
"""

import io
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.filter import Graph
from numpy.typing import NDArray

from tests.speech.audio import SAMPLE_RATE, Pcm
from tests.speech.wordless import melody

TELEPHONE_RATE = 8_000
TELEPHONE_BAND = (("highpass", "f=300:poles=2"), ("lowpass", "f=3400:poles=2"))
"""A line has slopes at its edges: a voice loses its lowest tones, but not all that is under 300 Hz."""


def telephone(speech: Pcm) -> Pcm:
    """FFmpeg's filters for the band of a line, then G.711 µ-law at 8 kHz, as a call is recorded."""
    file = io.BytesIO()
    with av.open(file, "w", format="wav") as recording:
        stream = recording.add_stream("pcm_mulaw", rate=TELEPHONE_RATE)
        stream.layout = "mono"
        to_line = AudioResampler(format="s16", layout="mono", rate=TELEPHONE_RATE)
        for part in [*to_line.resample(_frame(_band_passed(speech))), *to_line.resample(None)]:
            recording.mux(stream.encode(part))
        recording.mux(stream.encode(None))
    file.seek(0)
    from_line = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    with av.open(file, "r") as container:
        parts = [part for frame in container.decode(audio=0) for part in from_line.resample(frame)]
    heard: Pcm = np.concatenate([part.to_ndarray()[0] for part in [*parts, *from_line.resample(None)]])
    return np.pad(heard, (0, max(0, len(speech) - len(heard))))[: len(speech)]


def quiet(speech: Pcm, *, decibels: float = -30) -> Pcm:
    return _pcm(speech * 10 ** (decibels / 20))


def far(speech: Pcm) -> Pcm:
    """A room that rings for most of a second, and no direct sound."""
    room = np.random.default_rng(9).normal(size=SAMPLE_RATE // 2)
    room *= np.exp(-np.arange(len(room)) / (0.1 * SAMPLE_RATE))
    length = len(speech) + len(room)
    rung = np.fft.irfft(np.fft.rfft(speech, length) * np.fft.rfft(room / np.linalg.norm(room), length), length)
    return _pcm(rung[: len(speech)])


def over_music(speech: Pcm, *, decibels: float = 10) -> Pcm:
    """The speech is louder than the music by this much."""
    return _mixed(speech, melody(len(speech) / SAMPLE_RATE)[: len(speech)], decibels)


def in_noise(speech: Pcm, *, decibels: float) -> Pcm:
    """White noise, quieter than the speech by this much."""
    return _mixed(speech, np.random.default_rng(11).normal(size=len(speech)), decibels)


def _mixed(speech: Pcm, other: NDArray[Any], decibels: float) -> Pcm:
    other = other.astype(np.float64)
    return _pcm(speech + other * speech.std(dtype=np.float64) / other.std() * 10 ** (-decibels / 20))


def _band_passed(speech: Pcm) -> Pcm:
    graph = Graph()
    source = last = graph.add_abuffer(sample_rate=SAMPLE_RATE, format="s16", layout="mono")
    for name, settings in TELEPHONE_BAND:
        following = graph.add(name, settings)
        last.link_to(following)
        last = following
    sink = graph.add("abuffersink")
    last.link_to(sink)
    graph.configure()
    source.push(_frame(speech))
    source.push(None)
    parts: list[Pcm] = []
    while sum(map(len, parts)) < len(speech):
        frame = sink.pull()
        assert isinstance(frame, av.AudioFrame)
        parts.append(frame.to_ndarray()[0])
    return np.concatenate(parts)


def _frame(pcm: Pcm) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    return frame


def _pcm(samples: NDArray[Any]) -> Pcm:
    pcm: Pcm = samples.clip(-32_768, 32_767).astype(np.int16)
    return pcm
