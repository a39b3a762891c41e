"""The log-mel features equal those that Whisper was trained on, computed here once more from their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whisper_engine.mel import FFT_SAMPLES, HOP_SAMPLES, SAMPLE_RATE, log_mel

TOLERANCE = 2e-4


def reference(samples: np.ndarray, n_mels: int, frames: int) -> np.ndarray:
    """Frame by frame from the waves themselves in double precision, with silence after the samples."""
    followed = np.concatenate([samples.astype(np.float64), np.zeros(frames * HOP_SAMPLES)])
    padded = np.pad(followed, (FFT_SAMPLES // 2, 0), mode="reflect")
    time = np.arange(FFT_SAMPLES)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * time / FFT_SAMPLES)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(FFT_SAMPLES // 2 + 1), time) / FFT_SAMPLES)
    filters, columns = reference_filters(n_mels), []
    for frame in range(frames):
        own = padded[frame * HOP_SAMPLES : frame * HOP_SAMPLES + FFT_SAMPLES] * window
        columns.append(filters @ np.abs(waves @ own) ** 2)
    decibels = np.log10(np.maximum(np.array(columns).T, 1e-10))
    return np.asarray((np.maximum(decibels, decibels.max() - 8) + 4) / 4)


def reference_filters(n_mels: int) -> np.ndarray:
    def hertz(mel: float) -> float:
        return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)

    top = 15 + 27 * np.log(8000 / 1000) / np.log(6.4)
    corners = [hertz(top * step / (n_mels + 1)) for step in range(n_mels + 2)]
    filters = np.zeros((n_mels, FFT_SAMPLES // 2 + 1))
    for row, (low, peak, high) in enumerate(zip(corners, corners[1:], corners[2:], strict=False)):
        for column in range(FFT_SAMPLES // 2 + 1):
            frequency = column * SAMPLE_RATE / FFT_SAMPLES
            height = min((frequency - low) / (peak - low), (high - frequency) / (high - peak))
            filters[row, column] = max(0.0, height) * 2 / (high - low)
    return filters


def sound(seconds: float) -> np.ndarray:
    """A tone that glides up under noise that swells."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.random.default_rng(7).standard_normal(len(time)) * np.minimum(time, 1) * 0.02
    return (0.3 * np.sin(2 * np.pi * (200 + 700 * time) * time) + noise).astype(np.float32)


@pytest.mark.parametrize("n_mels", [80, 128])
def test_features_equal_their_definition(n_mels: int) -> None:
    samples = sound(0.731)
    for frames in (50, 73, 74, 120):
        features = log_mel(samples, n_mels=n_mels, frames=frames)
        assert np.abs(features - reference(samples, n_mels, frames)).max() < TOLERANCE


def test_the_filters_are_slaneys() -> None:
    """A value of the published filter bank, as an anchor outside this repository's own arithmetic."""
    assert reference_filters(80)[0, 1] == pytest.approx(0.02486259, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    length=st.integers(1, 5 * SAMPLE_RATE),
    frames=st.integers(1, 600),
    level=st.floats(0, 1e5),
    n_mels=st.sampled_from([80, 128]),
)
def test_any_sound_has_as_many_columns_as_asked(length: int, frames: int, level: float, n_mels: int) -> None:
    samples = (np.random.default_rng(length).standard_normal(length) * level).astype(np.float32)
    features = log_mel(samples, n_mels=n_mels, frames=frames)
    assert features.shape == (n_mels, frames)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert np.ptp(features) <= 2.0 + 1e-6  # 80 dB, as Whisper clips them


def test_padding_is_the_same_as_silence_in_the_sound() -> None:
    samples = sound(1.0)
    longer = np.concatenate([samples, np.zeros(SAMPLE_RATE, np.float32)])
    assert np.allclose(log_mel(longer, n_mels=80, frames=250), log_mel(samples, n_mels=80, frames=250), atol=1e-6)
