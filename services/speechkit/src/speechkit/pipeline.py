"""The product in one place: decode → detect speech → cut → recognize → stitch, as a stream with bounded memory.

An upload, a live socket and a job differ only in where the media comes from and where the segments go, which is the
services' matter; what each stage does inside is the matter of the ports' implementations and of the domain.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from speechkit.domain.audio import MIN_AUDIO_SECONDS, Block, samples, seconds
from speechkit.domain.deadlines import deadline_at
from speechkit.domain.errors import AudioTooShort
from speechkit.domain.guards import sift
from speechkit.domain.language_vote import VOTES, LanguageVote
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.stitching import Heard, Stitcher
from speechkit.domain.transcript import Discarded, Segment, Transcript, Word
from speechkit.domain.windows import FRAME_SAMPLES, Window, Windower, WindowRules
from speechkit.ports import SILENCE, Hypothesis, MediaDecoder, Recognizer, SeekableMedia, VoiceDetector

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    decoder: MediaDecoder
    voice_detector: VoiceDetector
    recognizer: Recognizer
    rules: WindowRules = field(default_factory=WindowRules)
    windows_in_flight: int = 8
    """Of one stream, at the recognizer at once: enough to fill its batches, few enough to bound the memory."""
    observe_discarded: Callable[[str, Discarded], None] = lambda _model, _discarded: None
    """Told of each text that a guard takes out, asked for or not, and by which model it was written."""

    def stream(
        self, media: SeekableMedia, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> "SegmentStream":
        """Use as `async with pipeline.stream(…) as segments: async for segment in segments: …`.

        Leaving the context cancels whatever is under way, at the decoder and at the recognizer.
        """
        return self.stream_blocks(self.decoder.decode(media), options, deadline_seconds=deadline_seconds)

    def stream_blocks(
        self,
        blocks: AbstractAsyncContextManager[AsyncIterator[Block]],
        options: TranscriptionOptions,
        *,
        deadline_seconds: float,
    ) -> "SegmentStream":
        """The same for sound that is no file, such as raw samples while they arrive."""
        return SegmentStream(self, blocks, options, deadline_seconds)

    async def complete(
        self, media: SeekableMedia, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Transcript:
        async with self.stream(media, options, deadline_seconds=deadline_seconds) as segments:
            return segments.transcript([segment async for segment in segments])


class SegmentStream:
    """Segments in order, each as soon as it is final; `language` and `duration_seconds` hold once it is exhausted."""

    def __init__(
        self,
        pipeline: Pipeline,
        blocks: AbstractAsyncContextManager[AsyncIterator[Block]],
        options: TranscriptionOptions,
        deadline_seconds: float,
    ) -> None:
        self.duration_seconds = 0.0
        self._pipeline = pipeline
        self._blocks = blocks
        self._options = options
        self._deadline_seconds = deadline_seconds
        self._language_vote = LanguageVote(options.language)
        self._recognitions: asyncio.Queue[asyncio.Task[_Recognized] | None] = asyncio.Queue(pipeline.windows_in_flight)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._discarded: list[Discarded] = []
        self._voters: list[asyncio.Event] = []
        """Of the windows that vote on the language, in order: set when each has."""

    @property
    def language(self) -> str:
        return self._language_vote.language

    async def __aenter__(self) -> Self:
        self._deadline = asyncio.get_running_loop().time() + self._deadline_seconds
        self._capabilities = await self._pipeline.recognizer.capabilities(self._options.model)
        self._capabilities.check(self._options)
        self._producer = self._start(self._produce())
        self._segments = self._stitched()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._segments.aclose()

    def transcript(self, segments: Iterable[Segment]) -> Transcript:
        """All that came, once the stream is exhausted."""
        return Transcript(
            task=self._options.task.value,
            language=self.language,
            duration_seconds=self.duration_seconds,
            segments=tuple(segments),
            discarded=tuple(self._discarded) if self._options.discarded else None,
        )

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Segment:
        too_late = (
            f"The transcription did not finish within {self._deadline_seconds:.0f} seconds; "
            "send shorter audio, or try again when the server is less busy."
        )
        async with deadline_at(self._deadline, message=too_late):
            return await anext(self._segments)

    async def _stitched(self) -> AsyncGenerator[Segment, None]:
        stitcher = Stitcher()
        while (recognition := await self._recognitions.get()) is not None:
            recognized = await recognition
            self._discarded += recognized.discarded
            for segment in stitcher.add(recognized.heard, cut_follows=recognized.cut_follows):
                yield self._as_asked(segment)
        await self._producer
        for segment in stitcher.finish():
            yield self._as_asked(segment)

    async def _produce(self) -> None:
        try:
            async with aclosing(self._windows()) as windows:
                async for window in windows:
                    await self._submit(window)
        except Exception:
            await self._recognitions.put(None)
            raise
        await self._recognitions.put(None)

    async def _windows(self) -> AsyncGenerator[Window, None]:
        windower = Windower(self._options.chunking.applied_to(self._pipeline.rules))
        detection = self._pipeline.voice_detector.session()
        unframed = np.zeros(0, np.float32)
        total_samples = 0
        async with self._blocks as blocks:
            async for block in blocks:
                total_samples = block.end_samples
                arrived = np.concatenate([unframed, block.samples])
                whole = len(arrived) // FRAME_SAMPLES * FRAME_SAMPLES
                framed, unframed = arrived[:whole], arrived[whole:]
                probabilities = await detection.probabilities(framed)
                for window in windower.push(framed.reshape(-1, FRAME_SAMPLES), probabilities):
                    yield window
        self.duration_seconds = seconds(total_samples)
        if self.duration_seconds < MIN_AUDIO_SECONDS:
            raise AudioTooShort(
                f"Audio file is too short. Minimum audio length is {MIN_AUDIO_SECONDS} seconds.", param="file"
            )
        if len(unframed):
            frame = np.pad(unframed, (0, FRAME_SAMPLES - len(unframed)))
            for window in windower.push(frame[None], await detection.probabilities(frame)):
                yield window
        for window in windower.finish(total_samples):
            yield window

    async def _submit(self, window: Window) -> None:
        """The first windows vote side by side; those after them wait until they have."""
        voter = None
        if len(self._voters) >= VOTES:
            await self._voters[-1].wait()
        if not self._options.language and (len(self._voters) < VOTES or not self._language_vote.settled):
            voter = len(self._voters)
            self._voters.append(asyncio.Event())
        await self._recognitions.put(self._start(self._recognize(window, voter=voter)))

    async def _recognize(self, window: Window, *, voter: int | None) -> "_Recognized":
        """Whisper sometimes stops in the middle of a window: what it left unheard is recognized by itself."""
        segments: tuple[Segment, ...] = ()
        discarded: tuple[Discarded, ...] = ()
        rest: Window | None = window
        while rest is not None:
            heard, unbelieved = await self._hear(rest, voter=voter)
            voter = None
            segments += heard
            discarded += unbelieved
            rest = rest.rest(heard_until_samples=samples(heard[-1].end)) if heard else None
        return _Recognized(
            heard=Heard(
                segments=segments,
                cut_before_seconds=seconds(window.owned_from_samples) if window.overlaps_previous else None,
            ),
            cut_follows=window.overlaps_next,
            discarded=discarded,
        )

    async def _hear(self, window: Window, *, voter: int | None) -> tuple[tuple[Segment, ...], tuple[Discarded, ...]]:
        if voter is None:
            hypothesis = await self._ask(window, language=self.language)
        else:
            hypothesis = await self._voted(await self._ask(window, language=""), window, voter)
        kept, discarded = sift(_in_file_time(window, hypothesis), window, silent=hypothesis.finish == SILENCE)
        for each in discarded:
            self._pipeline.observe_discarded(self._options.model, each)
        return kept, discarded

    async def _voted(self, hypothesis: Hypothesis, window: Window, voter: int) -> Hypothesis:
        """Votes are cast in the windows' order, whichever was heard first, so that a file always has the same text."""
        if voter:
            await self._voters[voter - 1].wait()
        language, probability = hypothesis.language, hypothesis.language_probability
        if hypothesis.segments:
            self._language_vote.hear(language, probability=probability, window_seconds=seconds(len(window.samples)))
        overruled = self._language_vote.overrules(language, probability=probability)
        by_most = self.language
        self._voters[voter].set()
        return await self._ask(window, language=by_most) if by_most and overruled else hypothesis

    async def _ask(self, window: Window, *, language: str) -> Hypothesis:
        at_a_cut = window.overlaps_previous or window.overlaps_next
        options = replace(
            self._options,
            language=language,
            word_timestamps=self._options.word_timestamps or (at_a_cut and self._capabilities.word_timestamps),
        )
        return await self._pipeline.recognizer.recognize(
            window.samples, options, deadline_seconds=self._deadline - asyncio.get_running_loop().time()
        )

    def _as_asked(self, segment: Segment) -> Segment:
        """Words that were measured only to mend a cut are not handed out."""
        return segment if self._options.word_timestamps else replace(segment, words=())

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # Seen, so that asyncio does not report a failure that the caller left behind.


@dataclass(frozen=True, kw_only=True)
class _Recognized:
    heard: Heard
    cut_follows: bool
    discarded: tuple[Discarded, ...]


def _in_file_time(window: Window, hypothesis: Hypothesis) -> tuple[Segment, ...]:
    offset, end = seconds(window.offset_samples), seconds(window.end_samples)

    def shifted(time: float) -> float:
        return min(offset + time, end)

    no_speech_prob = hypothesis.no_speech_prob
    if math.isnan(no_speech_prob):
        # An engine that can't say leaves the measured doubt of the voice detector, as the API's documentation states.
        no_speech_prob = 1.0 - window.speech_probability
    return tuple(
        Segment(
            start=shifted(timed.start),
            end=shifted(timed.end),
            text=timed.text,
            tokens=timed.tokens,
            token_texts=timed.token_texts,
            token_logprobs=timed.token_logprobs,
            temperature=hypothesis.temperature,
            avg_logprob=hypothesis.avg_logprob,
            compression_ratio=hypothesis.compression_ratio,
            no_speech_prob=no_speech_prob,
            seek=round(offset * 100),
            words=tuple(
                Word(start=shifted(word.start), end=shifted(word.end), text=word.text, probability=word.probability)
                for word in timed.words
            ),
        )
        for timed in hypothesis.segments
    )
