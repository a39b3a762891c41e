"""Sounds that nobody spoke, made from nothing: noise, hum, tones, keys of a telephone, clapping, breathing, laughter,
music.

Recorded ones are in the speech set `nobody-speaks`.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tests.speech.audio import SAMPLE_RATE, Pcm

Sound = NDArray[np.float64]


def wordless_sounds(seconds: float) -> Mapping[str, Pcm]:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    made = {
        "silence": np.zeros(len(time)),
        "white noise": _coloured(time, 0),
        "pink noise": _coloured(time, 1),
        "brown noise": _coloured(time, 2),
        "mains hum": _tones(time, 50, 100, 150),
        "tone": _tones(time, 440),
        "DTMF": _tones(time, 770, 1336) * (time % 0.2 < 0.1),
        "clapping": _coloured(time, 0) * 4 * np.exp(-(time % 0.5) * 60),
        "breathing": _coloured(time, 1) * np.sin(np.pi * time / 2) ** 4,
        "laughter": _laughter(time),
    }
    return {name: _pcm(sound) for name, sound in made.items()}


def melody(seconds: float) -> Pcm:
    """Plucked notes with overtones, three a second."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitches = 220 * 2 ** (np.array([0, 4, 7, 12, 7, 4, 5, 9, 12, 9]) / 12)
    pitch = pitches[(time * 3).astype(int) % len(pitches)]
    notes = np.sum([np.sin(2 * np.pi * pitch * overtone * time) / overtone for overtone in range(1, 6)], axis=0)
    return _pcm(0.15 * notes * np.exp(-(time * 3 % 1) * 3))


def _laughter(time: Sound) -> Sound:
    """Five short breathy bursts a second on a falling pitch, with a pause after every two seconds."""
    pitch = 280 - 60 * (time % 3) / 2
    voiced = np.sum([np.sin(2 * np.pi * np.cumsum(pitch * n) / SAMPLE_RATE) / n for n in range(1, 12)], axis=0)
    bursts = np.exp(-(time * 5 % 1) * 5) * (time % 3 < 2)
    laughter: Sound = (0.08 * voiced + 0.4 * _coloured(time, 1)) * bursts
    return laughter


def _coloured(time: Sound, exponent: float) -> Sound:
    """Noise whose power falls with the frequency to this exponent: 0 is white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(np.random.default_rng(3).normal(size=len(time)))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** (exponent / 2)
    sound = np.fft.irfft(spectrum, len(time))
    coloured: Sound = 0.1 * sound / sound.std()
    return coloured


def _tones(time: Sound, *hertz: float) -> Sound:
    summed: Sound = np.sum([0.2 * np.sin(2 * np.pi * each * time) for each in hertz], axis=0)
    return summed


def _pcm(sound: Sound) -> Pcm:
    return (sound.clip(-1, 1) * 32_767).astype(np.int16)
