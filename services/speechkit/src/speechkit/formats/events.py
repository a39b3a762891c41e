"""A transcript that is still growing, as OpenAI's streaming events: deltas, and the whole of it at the end.

How events travel is each door's matter.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from speechkit.domain.refined import as_heard
from speechkit.domain.transcript import Segment, Transcript
from speechkit.formats import json_bodies, subtitles
from speechkit.formats.rendering import Granularity, ResponseFormat, render

Event = dict[str, Any]


class TranscriptEvents:
    """Feed it segments by `add`, then the transcript by `finish`: the deltas joined are the text of the done event.

    Of a refined transcript they are the raw text, and the done event has both. Subtitles come cue by cue. `usage` is
    left out: OpenAI's type for it counts tokens of a model of theirs.
    """

    def __init__(
        self,
        *,
        response_format: ResponseFormat = ResponseFormat.JSON,
        granularities: AbstractSet[Granularity] = frozenset({Granularity.SEGMENT}),
        logprobs: bool = False,
        languages: bool = False,
    ) -> None:
        self._format = response_format
        self._granularities = granularities
        self._with_logprobs = logprobs
        self._with_languages = languages
        self._text = ""
        self._cues = 0
        self._space = ""
        """Held back, because the whole text does not end in white space."""
        self._logprobs: list[Event] = []
        """Of tokens that no delta has carried yet."""

    def add(self, segment: Segment) -> Iterator[Event]:
        if self._with_logprobs:
            self._logprobs += json_bodies.token_logprobs(segment)
        match self._format:
            case ResponseFormat.SRT | ResponseFormat.VTT:
                piece = self._cue(segment)
            case _:
                piece = self._running_text(segment.text)
        yield from self._delta(piece)

    def finish(self, transcript: Transcript) -> Iterator[Event]:
        heard = self._whole(as_heard(transcript))
        yield from self._delta(heard.removeprefix(self._text))
        done: Event = {"type": "transcript.text.done", "text": self._whole(transcript)}
        if refinement := json_bodies.refinement_body(transcript):
            done |= refinement | {"raw_text": heard}
        if self._with_logprobs:
            done["logprobs"] = json_bodies.transcript_logprobs(transcript)
        if self._with_languages:
            done["languages"] = json_bodies.heard_languages(transcript)
        if self._format is ResponseFormat.VERBOSE_JSON:
            verbose = json_bodies.verbose_body(
                transcript,
                segments=Granularity.SEGMENT in self._granularities,
                words=Granularity.WORD in self._granularities,
            )
            done |= {key: value for key, value in verbose.items() if key != "usage"}
        yield done

    def _delta(self, piece: str) -> Iterator[Event]:
        if not piece:
            return
        self._text += piece
        delta: Event = {"type": "transcript.text.delta", "delta": piece}
        if self._with_logprobs:
            delta["logprobs"], self._logprobs = self._logprobs, []
        yield delta

    def _running_text(self, text: str) -> str:
        text = self._space + text if self._text else text.lstrip()
        piece = text.rstrip()
        self._space = text[len(piece) :]
        return piece

    def _cue(self, segment: Segment) -> str:
        if not segment.text.strip():
            return ""
        self._cues += 1
        if self._format is ResponseFormat.SRT:
            return subtitles.srt_cue(self._cues, segment)
        return ("" if self._text else subtitles.VTT_HEAD) + subtitles.vtt_cue(segment)

    def _whole(self, transcript: Transcript) -> str:
        if self._format in (ResponseFormat.SRT, ResponseFormat.VTT):
            return render(transcript, response_format=self._format).body.decode()
        return transcript.text
