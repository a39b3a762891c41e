"""Whisper's log-mel features of one window, in numpy alone.

How long a window the encoder is given, and with what it is padded, is the matter of `contexts`.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
FFT_SAMPLES = 400
HOP_SAMPLES = 160
FRAMES_PER_SECOND = SAMPLE_RATE // HOP_SAMPLES
LOWEST_POWER = -10.0
"""Of digital silence, as a power of ten."""

Samples = NDArray[np.float32]
Features = NDArray[np.float32]
"""One row of features, [mels, frames]."""


def log_mel(samples: Samples, *, n_mels: int, frames: int) -> Features:
    """So many columns, one for each 10 ms, of the samples and the silence that follows them.

    Whisper clips the features at 80 dB under the window's own peak, so they belong to the whole window and can't
    be computed piece by piece.
    """
    half = FFT_SAMPLES // 2
    sounding = min(frames, -(-(len(samples) + half) // HOP_SAMPLES))
    # Mirrored before, as a centred short-time Fourier transform does; silence after, because silence follows there.
    before = np.pad(samples[: half + 1], (0, max(0, half + 1 - len(samples))))[:0:-1]
    padded = np.concatenate([before, samples, np.zeros(FFT_SAMPLES, np.float32)])
    windows = sliding_window_view(padded, FFT_SAMPLES)[: sounding * HOP_SAMPLES : HOP_SAMPLES]
    spectrum = np.fft.rfft(windows * _hann())
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    features = np.full((n_mels, frames), LOWEST_POWER, np.float32)
    features[:, :sounding] = np.log10(np.maximum(_filters(n_mels) @ power.T.astype(np.float32), 10.0**LOWEST_POWER))
    np.maximum(features, features.max() - 8.0, out=features)
    return (features + np.float32(4.0)) / np.float32(4.0)


@cache
def _hann() -> Samples:
    """The periodic Hann window: one sample longer than the frame, its last sample left off."""
    return np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)


@cache
def _filters(n_mels: int) -> NDArray[np.float32]:
    """Triangles of equal area, evenly spaced on Slaney's mel scale from 0 Hz to 8 kHz."""
    bins = np.fft.rfftfreq(FFT_SAMPLES, 1.0 / SAMPLE_RATE)
    corners = _hertz(np.linspace(0.0, _mel(SAMPLE_RATE / 2), n_mels + 2))
    widths = np.diff(corners)
    slopes = corners[:, None] - bins[None, :]
    rising = -slopes[:-2] / widths[:-1, None]
    falling = slopes[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    triangles *= (2.0 / (corners[2:] - corners[:-2]))[:, None]
    return triangles.astype(np.float32)


# Slaney's scale: linear up to 1 kHz (15 mels), then 27 mels for each factor of 6.4.
_LINEAR_HERTZ = 200.0 / 3.0
_KNEE_MEL = 15.0
_KNEE_HERTZ = _KNEE_MEL * _LINEAR_HERTZ
_LOG_STEP = np.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    if hertz < _KNEE_HERTZ:
        return hertz / _LINEAR_HERTZ
    return float(_KNEE_MEL + np.log(hertz / _KNEE_HERTZ) / _LOG_STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    curved = _KNEE_HERTZ * np.exp(_LOG_STEP * (mels - _KNEE_MEL))
    return np.where(mels < _KNEE_MEL, mels * _LINEAR_HERTZ, curved)
