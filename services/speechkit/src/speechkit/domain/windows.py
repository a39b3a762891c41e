"""Cuts a stream of frames and their speech probabilities into windows of at most 30 s, at silence where there is any.

Pure and frame by frame, so the windows are the same however the audio arrived. Who says what is speech (the voice
detector) and what was said (the recognizer) is not its matter.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from speechkit.domain.audio import SAMPLE_RATE, Samples

FRAME_SAMPLES = 512
"""32 ms, the step in which Silero judges 16 kHz audio."""

CERTAIN_SPEECH = 0.5
UNHEARD_SPEECH_SECONDS = 1.0
"""A model that stops with this much certain speech left in its window has skipped it."""
LEAST_PROGRESS_FRAMES = 6


@dataclass(frozen=True, kw_only=True)
class WindowRules:
    """Where windows begin and end. The defaults were chosen by word error rate and speed, see docs/adr/0004."""

    speech_threshold: float = 0.5
    """A frame this probable begins speech."""
    silence_threshold: float = 0.35
    """Speech goes on until a frame is less probable than this: word endings fade."""
    min_speech_seconds: float = 0.064
    """Less speech than this in a whole window is a click."""
    padding_seconds: float = 0.25
    """Kept before and after speech: soft consonants lie outside of what a detector calls speech."""
    pause_seconds: float = 0.25
    """A pause this long ends a window that has its target length."""
    gap_seconds: float = 2.0
    """A pause this long ends any window: silence costs time and tempts the model to invent."""
    target_seconds: float = 8.0
    """Long enough for the model to have context, short enough for encoding to be cheap and for results to come soon."""
    max_seconds: float = 28.0
    """Past this a window is cut at its longest pause, or in speech if there is none; Whisper hears at most 30 s."""
    overlap_seconds: float = 1.0
    """Audio on each side of a cut in speech that both windows hear, so that no word is lost there or said twice."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """Samples for one recognition, and the part of them whose words are this window's own."""

    offset_samples: int
    samples: Samples
    owned_from_samples: int
    owned_until_samples: int
    frame_probabilities: NDArray[np.float32]
    """Of speech, by the voice detector, for each frame of the window."""

    @property
    def end_samples(self) -> int:
        return self.offset_samples + len(self.samples)

    @property
    def speech_probability(self) -> float:
        return float(np.mean(self.frame_probabilities))

    @property
    def overlaps_previous(self) -> bool:
        return self.owned_from_samples > self.offset_samples

    @property
    def overlaps_next(self) -> bool:
        return self.owned_until_samples < self.end_samples

    def rest(self, *, heard_until_samples: int) -> "Window | None":
        """What follows a place in the file, if there is enough speech in it to be worth hearing.

        None also where the model got nowhere: it would not the next time either.
        """
        first = (heard_until_samples - self.offset_samples) // FRAME_SAMPLES
        probabilities = self.frame_probabilities[max(0, first) :]
        if first < LEAST_PROGRESS_FRAMES or np.sum(probabilities >= CERTAIN_SPEECH) * FRAME_SAMPLES < _samples(
            UNHEARD_SPEECH_SECONDS
        ):
            return None
        offset = self.offset_samples + first * FRAME_SAMPLES
        return replace(
            self,
            offset_samples=offset,
            samples=self.samples[first * FRAME_SAMPLES :],
            owned_from_samples=max(self.owned_from_samples, offset),
            frame_probabilities=probabilities,
        )


@dataclass(frozen=True)
class _Frame:
    start: int
    samples: Samples
    probability: float

    @property
    def end(self) -> int:
        return self.start + FRAME_SAMPLES


class Windower:
    """Feed it frames by `push`, and call `finish` with the file's true length at its end."""

    def __init__(self, rules: WindowRules) -> None:
        self._rules = rules
        self._padding = _whole_frames(rules.padding_seconds)
        self._overlap = _whole_frames(rules.overlap_seconds)
        self._position = 0
        self._closed_until = 0
        self._frames: deque[_Frame] = deque()
        """The open window's frames; while none is open, the last few, which may become its padding."""
        self._open = False
        self._owned_from = 0
        self._speaking = False
        self._speech_end = 0
        self._speech_frames = 0

    def push(self, frames: NDArray[np.float32], probabilities: NDArray[np.float32]) -> Iterator[Window]:
        """Take frames of shape (n, FRAME_SAMPLES) in order; yield each window as soon as its end is known."""
        for samples, probability in zip(frames, probabilities, strict=True):
            frame = _Frame(self._position, samples, float(probability))
            self._position = frame.end
            yield from self._take(frame)

    def finish(self, total_samples: int) -> Iterator[Window]:
        """End the stream; the last frame was padded with zeros, so windows end at the true `total_samples`."""
        if self._open:
            end = min(self._speech_end + self._padding, self._position)
            yield from self._close(end, total_samples=total_samples)

    def _take(self, frame: _Frame) -> Iterator[Window]:
        rules = self._rules
        threshold = rules.silence_threshold if self._speaking else rules.speech_threshold
        self._speaking = frame.probability >= threshold
        self._frames.append(frame)
        if self._speaking:
            if not self._open:
                self._open_window()
            self._speech_end = frame.end
            self._speech_frames += 1
        if not self._open:
            self._forget_before(frame.end - self._padding)
            return
        pause = frame.end - self._speech_end
        speech_length = self._speech_end - self._frames[0].start
        if pause >= _samples(rules.gap_seconds) or (
            speech_length >= _samples(rules.target_seconds) and pause >= _samples(rules.pause_seconds)
        ):
            yield from self._close(min(self._speech_end + self._padding, frame.end))
        elif frame.end - self._frames[0].start >= _samples(rules.max_seconds):
            yield from self._cut()

    def _open_window(self) -> None:
        onset = self._frames[-1].start
        self._forget_before(max(self._closed_until, onset - self._padding))
        self._open = True
        self._owned_from = self._frames[0].start
        self._speech_frames = 0

    def _forget_before(self, position: int) -> None:
        while self._frames and self._frames[0].start < position:
            self._frames.popleft()

    def _close(self, end: int, *, total_samples: int | None = None) -> Iterator[Window]:
        if self._speech_frames * FRAME_SAMPLES >= _samples(self._rules.min_speech_seconds):
            yield self._window(end, owned_until=end, total_samples=total_samples)
        self._restart(end)

    def _cut(self) -> Iterator[Window]:
        """End a window that is as long as it may be, and hear again the frames after the cut as the next one's."""
        pause = self._longest_pause()
        if pause is not None:
            yield self._window(pause, owned_until=pause)
            replay = [frame for frame in self._frames if frame.start >= pause]
            self._restart(pause)
            self._speaking = False
        else:
            cut = self._quietest_moment()
            yield self._window(cut + self._overlap, owned_until=cut)
            replay = [frame for frame in self._frames if frame.start >= cut - self._overlap]
            self._restart(cut - self._overlap)
            self._open, self._owned_from, self._speaking, self._speech_end = True, cut, True, replay[0].end
        self._frames.clear()
        for frame in replay:
            yield from self._take(frame)

    def _longest_pause(self) -> int | None:
        """The middle of the longest run of at least three silent frames, in the last two thirds of the window."""
        earliest = self._frames[0].start + _samples(self._rules.max_seconds / 3)
        best, best_length, run_start = None, 2 * FRAME_SAMPLES, None
        for frame in self._frames:
            silent = frame.start >= earliest and frame.probability < self._rules.silence_threshold
            if not silent:
                run_start = None
                continue
            run_start = frame.start if run_start is None else run_start
            length = frame.end - run_start
            if length > best_length:
                best, best_length = _whole_frame(run_start + length // 2), length
        return best

    def _quietest_moment(self) -> int:
        """Where speech is least loud over five frames, in the last third: most likely between two words."""
        frames = list(self._frames)
        loudness = np.array([float(np.mean(frame.samples**2)) for frame in frames])
        smooth = np.convolve(loudness, np.ones(5) / 5, mode="same")
        last = len(frames) - self._overlap // FRAME_SAMPLES
        first = min(last - 1, len(frames) * 2 // 3)
        return frames[first + int(np.argmin(smooth[first:last]))].start

    def _window(self, end: int, *, owned_until: int, total_samples: int | None = None) -> Window:
        own = [frame for frame in self._frames if frame.start < end]
        samples = np.concatenate([frame.samples for frame in own])
        offset = own[0].start
        if total_samples is not None and offset + len(samples) > total_samples:
            samples = samples[: total_samples - offset]
            owned_until = min(owned_until, total_samples)
        return Window(
            offset_samples=offset,
            samples=samples,
            owned_from_samples=self._owned_from,
            owned_until_samples=owned_until,
            frame_probabilities=np.array([frame.probability for frame in own], np.float32),
        )

    def _restart(self, closed_until: int) -> None:
        """Nothing is open; frames past the end may become the next window's padding."""
        self._closed_until = closed_until
        self._frames = deque(frame for frame in self._frames if closed_until <= frame.start)
        self._open = False
        self._speech_frames = 0


def _samples(seconds: float) -> int:
    return int(seconds * SAMPLE_RATE)


def _whole_frames(seconds: float) -> int:
    return max(1, round(_samples(seconds) / FRAME_SAMPLES)) * FRAME_SAMPLES


def _whole_frame(position: int) -> int:
    return position // FRAME_SAMPLES * FRAME_SAMPLES
