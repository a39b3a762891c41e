"""The one line of flow, on fakes: order, bounds, early results, cancellation, and the language of a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from speechkit.domain.audio import SAMPLE_RATE, Block, Samples
from speechkit.domain.errors import (
    AudioTooShort,
    DeadlineExceeded,
    RecognizerUnavailable,
    UnsupportedMedia,
    UnsupportedOption,
)
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.transcript import Discarded
from speechkit.pipeline import Pipeline
from speechkit.ports import SILENCE, Hypothesis, SeekableMedia
from tests.fakes.recognizer import CAPABILITIES, MODEL, FakeRecognizer
from tests.fakes.voice_detector import FakeVoiceDetector

OPTIONS = TranscriptionOptions(model=MODEL, language="en")


@dataclass
class PlayedSound:
    """A decoder that plays given seconds of tone (True) and silence (False), a second a block."""

    parts: list[tuple[bool, float]]
    fails_with: Exception | None = None
    blocks_given: int = 0
    open_files: int = 0

    @asynccontextmanager
    async def decode(self, media: SeekableMedia) -> AsyncIterator[AsyncIterator[Block]]:
        self.open_files += 1
        try:
            yield self._blocks()
        finally:
            self.open_files -= 1

    async def _blocks(self) -> AsyncIterator[Block]:
        tone = np.sin(np.arange(SAMPLE_RATE) / 10).astype(np.float32) * 0.3
        sound = np.concatenate(
            [np.resize(tone, round(length * SAMPLE_RATE)) * loud for loud, length in self.parts]
        ).astype(np.float32)
        for offset in range(0, len(sound), SAMPLE_RATE):
            self.blocks_given += 1
            yield Block(offset_samples=offset, samples=sound[offset : offset + SAMPLE_RATE])
            await asyncio.sleep(0)
        if self.fails_with:
            raise self.fails_with


class NoMedia:
    def fileno(self) -> int:
        return 0


def pipeline(sound: PlayedSound, recognizer: FakeRecognizer, *, windows_in_flight: int = 8) -> Pipeline:
    return Pipeline(
        decoder=sound,
        voice_detector=FakeVoiceDetector(),
        recognizer=recognizer,
        windows_in_flight=windows_in_flight,
    )


PHRASES = [(True, 3.0), (False, 3.0)] * 12
"""Twelve phrases of 3 s, each a window of its own."""


async def test_segments_come_in_order_though_windows_finish_out_of_order() -> None:
    class Unequal(FakeRecognizer):
        async def recognize(self, samples: Samples, options: TranscriptionOptions, **deadline: float) -> Hypothesis:
            number = len(self.calls)
            hypothesis = await super().recognize(samples, options, **deadline)
            await asyncio.sleep(0.03 if number % 3 == 0 else 0)
            return hypothesis

    transcript = await pipeline(PlayedSound(PHRASES), Unequal()).complete(NoMedia(), OPTIONS, deadline_seconds=10)
    assert transcript.text == " ".join(f"Hello {number}." for number in range(12))
    assert transcript.duration_seconds == 72.0
    starts = [segment.start for segment in transcript.segments]
    assert starts == sorted(starts)
    for number, start in enumerate(starts):
        assert abs(start - number * 6.0) <= 0.3, "times refer to the file"


def invented(call: int) -> str:
    return " Thanks for watching!" if call % 2 else f" Hello {call}."


async def test_what_a_guard_takes_out_is_observed_and_told_in_order_to_who_asks() -> None:
    observed: list[tuple[str, Discarded]] = []
    doubting = FakeRecognizer(says=invented, no_speech_prob=0.9, avg_logprob=-0.9)
    line = replace(pipeline(PlayedSound(PHRASES), doubting), observe_discarded=lambda *each: observed.append(each))
    told = await line.complete(NoMedia(), replace(OPTIONS, discarded=True), deadline_seconds=10)
    assert told.text == " ".join(f"Hello {number}." for number in range(0, 12, 2))
    assert told.discarded is not None
    assert [each.text for each in told.discarded] == [" Thanks for watching!"] * 6
    assert [each.guard for each in told.discarded] == ["phrase"] * 6
    starts = [each.start for each in told.discarded]
    assert starts == sorted(starts)
    assert sorted(each.start for _, each in observed) == starts
    unasked = await line.complete(NoMedia(), OPTIONS, deadline_seconds=10)
    assert unasked.discarded is None
    assert len(observed) == 12, "whether or not somebody asks"


async def test_what_the_engine_itself_does_not_believe_never_is_a_text() -> None:
    silent = FakeRecognizer(finish=SILENCE)
    transcript = await pipeline(PlayedSound(PHRASES), silent).complete(
        NoMedia(), replace(OPTIONS, discarded=True), deadline_seconds=10
    )
    assert transcript.text == ""
    assert {each.guard for each in transcript.discarded or ()} == {"silence"}
    assert silent.calls[0].options.discarded


async def test_no_more_windows_are_in_flight_than_allowed() -> None:
    """However long the file, only so many windows and blocks are held: the decoder waits for the recognizer."""

    @dataclass(kw_only=True)
    class Counting(FakeRecognizer):
        most: int = 0

        async def recognize(self, samples: Samples, options: TranscriptionOptions, **deadline: float) -> Hypothesis:
            self.most = max(self.most, self.in_flight + 1)
            return await super().recognize(samples, options, **deadline)

    recognizer = Counting(delay_seconds=0.01)
    await pipeline(PlayedSound(PHRASES), recognizer, windows_in_flight=2).complete(
        NoMedia(), OPTIONS, deadline_seconds=10
    )
    assert 2 <= recognizer.most <= 4


async def test_the_first_segment_comes_before_the_file_is_decoded() -> None:
    sound = PlayedSound(PHRASES)
    async with pipeline(sound, FakeRecognizer(), windows_in_flight=1).stream(
        NoMedia(), OPTIONS, deadline_seconds=10
    ) as segments:
        await anext(segments)
        assert sound.blocks_given < 72 / 2


async def test_leaving_the_stream_cancels_the_decoder_and_every_window() -> None:
    sound, recognizer = PlayedSound(PHRASES), FakeRecognizer(delay_seconds=30)
    stream = pipeline(sound, recognizer, windows_in_flight=4).stream(NoMedia(), OPTIONS, deadline_seconds=60)
    async with stream:
        while recognizer.in_flight < 4:
            await asyncio.sleep(0.01)
    assert recognizer.in_flight == 0
    assert recognizer.cancelled >= 4
    assert sound.open_files == 0


async def test_a_cancelled_caller_leaves_nothing_running() -> None:
    sound, recognizer = PlayedSound(PHRASES), FakeRecognizer(delay_seconds=30)
    work = asyncio.create_task(pipeline(sound, recognizer).complete(NoMedia(), OPTIONS, deadline_seconds=60))
    while not recognizer.in_flight:
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (recognizer.in_flight, sound.open_files) == (0, 0)


async def test_a_deadline_ends_the_whole_transcription() -> None:
    sound, recognizer = PlayedSound(PHRASES), FakeRecognizer(delay_seconds=30)
    with pytest.raises(DeadlineExceeded):
        await pipeline(sound, recognizer).complete(NoMedia(), OPTIONS, deadline_seconds=0.2)
    assert (recognizer.in_flight, sound.open_files) == (0, 0)


async def test_a_window_that_fails_fails_the_transcription() -> None:
    """A transcript with a hole in it would look like a whole one."""
    with pytest.raises(RecognizerUnavailable):
        await pipeline(PlayedSound(PHRASES), FakeRecognizer(fails_with=RecognizerUnavailable("gone"))).complete(
            NoMedia(), OPTIONS, deadline_seconds=10
        )


async def test_a_decoder_that_fails_late_is_heard_behind_what_was_recognized() -> None:
    sound = PlayedSound(PHRASES, fails_with=UnsupportedMedia("broken"))
    heard = []
    with pytest.raises(UnsupportedMedia):
        async with pipeline(sound, FakeRecognizer()).stream(NoMedia(), OPTIONS, deadline_seconds=10) as segments:
            async for segment in segments:
                heard.append(segment)  # noqa: PERF401 - what was heard before the failure must stay
    assert len(heard) == 12


async def test_silence_is_an_empty_transcript_and_asks_no_model() -> None:
    recognizer = FakeRecognizer()
    transcript = await pipeline(PlayedSound([(False, 20.0)]), recognizer).complete(
        NoMedia(), OPTIONS, deadline_seconds=10
    )
    assert (transcript.text, transcript.segments, transcript.duration_seconds) == ("", (), 20.0)
    assert recognizer.calls == []


@pytest.mark.parametrize("length", [0.0, 0.05])
async def test_less_than_a_tenth_of_a_second_is_too_short(length: float) -> None:
    with pytest.raises(AudioTooShort, match=r"Minimum audio length is 0\.1 seconds"):
        await pipeline(PlayedSound([(True, length)]), FakeRecognizer()).complete(
            NoMedia(), OPTIONS, deadline_seconds=10
        )


async def test_what_the_engine_cannot_do_is_refused_before_any_work() -> None:
    sound = PlayedSound(PHRASES)
    recognizer = FakeRecognizer(advertised=replace(CAPABILITIES, word_timestamps=False))
    with pytest.raises(UnsupportedOption):
        await pipeline(sound, recognizer).complete(
            NoMedia(), replace(OPTIONS, word_timestamps=True), deadline_seconds=10
        )
    assert sound.blocks_given == 0


async def test_without_a_no_speech_probability_the_voice_detectors_stands_there() -> None:
    recognizer = FakeRecognizer(advertised=replace(CAPABILITIES, no_speech_prob=False))
    transcript = await pipeline(PlayedSound([(True, 4.0)]), recognizer).complete(
        NoMedia(), OPTIONS, deadline_seconds=10
    )
    assert transcript.segments[0].no_speech_prob == pytest.approx(0.02, abs=0.05)


async def test_words_measured_to_mend_a_cut_are_not_handed_out() -> None:
    """A minute of sound without a pause is cut in speech, which takes word times that the caller did not ask for."""
    recognizer = FakeRecognizer()
    transcript = await pipeline(PlayedSound([(True, 60.0)]), recognizer).complete(
        NoMedia(), OPTIONS, deadline_seconds=10
    )
    assert all(call.options.word_timestamps for call in recognizer.calls)
    assert transcript.words == ()


@dataclass(kw_only=True)
class Polyglot(FakeRecognizer):
    """Detects these languages, this surely, in windows whose language is not given."""

    detects: list[tuple[str, float]] = field(default_factory=list)

    async def recognize(self, samples: Samples, options: TranscriptionOptions, **deadline: float) -> Hypothesis:
        number = len(self.calls)
        hypothesis = await super().recognize(samples, options, **deadline)
        if options.language:
            return hypothesis
        language, probability = self.detects[number]
        return replace(hypothesis, language=language, language_probability=probability)


async def languages_asked_for(detects: list[tuple[str, float]], *, in_flight: int = 8) -> tuple[str, list[str]]:
    """What the file is in, in the end, and what each call to the recognizer said."""
    recognizer = Polyglot(detects=detects)
    transcript = await pipeline(PlayedSound(PHRASES), recognizer, windows_in_flight=in_flight).complete(
        NoMedia(), replace(OPTIONS, language=""), deadline_seconds=10
    )
    return transcript.language, [call.options.language for call in recognizer.calls]


async def test_several_windows_settle_the_language_of_the_file_however_sure_the_first_is() -> None:
    """A jingle in another language keeps its own; the file is in what it goes on in."""
    assert await languages_asked_for([("en", 0.95), ("de", 0.9), ("de", 0.9)]) == ("de", ["", "", ""] + ["de"] * 9)


async def test_a_window_that_is_not_sure_of_another_language_is_heard_again_in_that_of_the_file() -> None:
    language, asked = await languages_asked_for([("de", 0.9), ("de", 0.9), ("nl", 0.4)])
    assert language == "de"
    assert asked == ["", "", "", "de"] + ["de"] * 9


async def test_unsure_windows_vote_until_enough_was_heard() -> None:
    recognizer = Polyglot(detects=[("cy", 0.3), ("de", 0.4), ("de", 0.4), ("de", 0.4)] * 6)
    transcript = await pipeline(PlayedSound(PHRASES), recognizer).complete(
        NoMedia(), replace(OPTIONS, language=""), deadline_seconds=10
    )
    assert transcript.language == "de"
    undecided = [call for call in recognizer.calls if not call.options.language]
    assert 30 <= sum(call.window_seconds for call in undecided) < 40


async def test_a_file_always_has_the_same_language_whichever_window_is_heard_first() -> None:
    class Unequal(Polyglot):
        async def recognize(self, samples: Samples, options: TranscriptionOptions, **deadline: float) -> Hypothesis:
            number = len(self.calls)
            hypothesis = await super().recognize(samples, options, **deadline)
            await asyncio.sleep(0.05 / (1 + number))
            return hypothesis

    recognizer = Unequal(detects=[("de", 0.7), ("nl", 0.6), ("nl", 0.6)])
    transcript = await pipeline(PlayedSound(PHRASES), recognizer).complete(
        NoMedia(), replace(OPTIONS, language=""), deadline_seconds=10
    )
    assert transcript.language == "nl"
    again = [call.options.language for call in recognizer.calls[3:4]]
    assert again == ["de"], "the second window was overruled by the first, though the third was heard before it"


async def test_windows_without_speech_have_no_vote() -> None:
    recognizer = Polyglot(detects=[("cy", 0.9)] * 3 + [("de", 0.9)] * 3, says=lambda call: "" if call < 3 else " Ja.")
    transcript = await pipeline(PlayedSound(PHRASES), recognizer).complete(
        NoMedia(), replace(OPTIONS, language=""), deadline_seconds=10
    )
    assert transcript.language == "de"


async def test_a_language_that_was_given_is_asked_for_in_every_window() -> None:
    recognizer = Polyglot(detects=[])
    await pipeline(PlayedSound(PHRASES), recognizer).complete(NoMedia(), OPTIONS, deadline_seconds=10)
    assert {call.options.language for call in recognizer.calls} == {"en"}


@dataclass(kw_only=True)
class EarlyStopper(FakeRecognizer):
    """Hears no more than so many seconds of any window, as Whisper sometimes does."""

    stops_after_seconds: float = 2.0

    async def recognize(self, samples: Samples, options: TranscriptionOptions, **deadline: float) -> Hypothesis:
        hypothesis = await super().recognize(samples, options, **deadline)
        return replace(
            hypothesis,
            segments=tuple(
                replace(segment, end=min(segment.end, self.stops_after_seconds)) for segment in hypothesis.segments
            ),
        )


async def test_speech_that_the_model_skipped_is_heard_again() -> None:
    """A window whose text ends long before its speech does is recognized again from there: no words are lost."""
    recognizer = EarlyStopper()
    transcript = await pipeline(PlayedSound([(True, 8.0)]), recognizer).complete(
        NoMedia(), OPTIONS, deadline_seconds=10
    )
    assert transcript.text == "Hello 0. Hello 1. Hello 2. Hello 3."
    assert [round(segment.start) for segment in transcript.segments] == [0, 2, 4, 6]


async def test_a_model_that_gets_nowhere_is_not_asked_for_ever() -> None:
    recognizer = EarlyStopper(stops_after_seconds=0.0)
    await pipeline(PlayedSound([(True, 8.0)]), recognizer).complete(NoMedia(), OPTIONS, deadline_seconds=10)
    assert len(recognizer.calls) == 1


async def test_a_model_that_hears_nothing_is_not_asked_again() -> None:
    recognizer = FakeRecognizer(says=lambda call: "")
    transcript = await pipeline(PlayedSound([(True, 8.0)]), recognizer).complete(
        NoMedia(), OPTIONS, deadline_seconds=10
    )
    assert (transcript.text, len(recognizer.calls)) == ("", 1)
