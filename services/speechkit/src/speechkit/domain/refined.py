"""A transcript as a refiner wrote it: what of it goes there, and how the answer comes back into its times.

Who refines, and how, is the matter of the Refiner port.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from speechkit.domain.errors import ModeNotFound
from speechkit.domain.options import Task
from speechkit.domain.refinement import Passage, Refined, Refinement, RefineWarning
from speechkit.domain.transcript import Transcript

MODE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

MOST_KEYWORDS, MOST_KEYWORD_CHARACTERS = 200, 100
"""As many as a refiner takes."""


@dataclass(frozen=True, kw_only=True)
class ModeChoice:
    """That a transcript is to be refined, by this mode."""

    name: str
    strict: bool = False
    """Rather no transcript than a raw one."""
    by_default: bool = False
    """Named by the served model, not by the caller."""

    def __post_init__(self) -> None:
        if not MODE_NAME.fullmatch(self.name):
            raise ModeNotFound(
                "There is no such mode: names have a-z, 0-9, `-` and `_` alone. GET /v1/modes lists those there are.",
                param="mode",
            )


@dataclass(frozen=True, kw_only=True)
class RefinedTranscript(Transcript):
    """Segments have new texts in the old times, where the mode keeps them; words and tokens are as they were heard."""

    raw: Transcript
    refined_text: str
    warnings: tuple[RefineWarning, ...] = ()
    """Why the text, or a part of it, is raw."""

    @property
    def text(self) -> str:
        return self.refined_text


def refinement_of(
    transcript: Transcript, choice: ModeChoice, *, tenant: str, keep_segments: bool, keywords: Iterable[str] = ()
) -> Refinement:
    """`keep_segments` has every segment refined by itself, for formats that show their times."""
    return Refinement(
        tenant=tenant,
        mode=choice.name,
        passages=tuple(
            Passage(id=index, start=segment.start, end=segment.end, text=segment.text)
            for index, segment in enumerate(transcript.segments)
            if segment.text.strip()
        ),
        keep_passages=keep_segments,
        language="en" if transcript.task == Task.TRANSLATE else transcript.language,
        keywords=tuple(dict.fromkeys(word for word in keywords if 0 < len(word) <= MOST_KEYWORD_CHARACTERS))[
            :MOST_KEYWORDS
        ],
        strict=choice.strict,
    )


def put_back(transcript: Transcript, refined: Refined) -> RefinedTranscript:
    texts = {passage.id: passage.text for passage in refined.passages}
    return rewritten(
        transcript,
        text=refined.text,
        segment_texts=[texts.get(index, segment.text) for index, segment in enumerate(transcript.segments)],
        warnings=refined.warnings,
    )


def rewritten(
    transcript: Transcript, *, text: str, segment_texts: Iterable[str], warnings: tuple[RefineWarning, ...]
) -> RefinedTranscript:
    """With one text for each segment."""
    return RefinedTranscript(
        task=transcript.task,
        language=transcript.language,
        duration_seconds=transcript.duration_seconds,
        segments=tuple(
            replace(segment, text=written) for segment, written in zip(transcript.segments, segment_texts, strict=True)
        ),
        discarded=transcript.discarded,
        raw=transcript,
        refined_text=text,
        warnings=warnings,
    )


def as_heard(transcript: Transcript) -> Transcript:
    """Before any refinement."""
    return transcript.raw if isinstance(transcript, RefinedTranscript) else transcript


def warnings_of(transcript: Transcript) -> tuple[RefineWarning, ...]:
    return transcript.warnings if isinstance(transcript, RefinedTranscript) else ()
