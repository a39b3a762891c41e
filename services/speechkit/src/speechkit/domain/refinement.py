"""Refinement: raw words in, the words as they would have been written out, or the raw ones and why.

How words are refined is the matter of the post-processing service, behind the Refiner port.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u9fff\uff00-\uffef"
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana and Chinese characters."""
_NEEDS_SPACE = re.compile(rf"^[^\s{_SPACELESS}]\S$")


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A stretch of speech with its times in seconds, which refinement leaves as they are."""

    id: int
    """Of the caller's choice, unique within a refinement."""
    start: float
    end: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """What is to be refined, and how."""

    tenant: str
    mode: str
    passages: tuple[Passage, ...]
    """In order. What is too long for the endpoint's context is cut between two of them, where there are several."""
    keep_passages: bool = False
    """Give every passage back with its times, refined in its place."""
    language: str = ""
    """ISO 639-1, if known."""
    keywords: tuple[str, ...] = ()
    """Names and terms that the answer must keep, besides those of the mode."""
    target_language: str = ""
    """Of the answer; empty: as the mode has it."""
    strict: bool = False
    """Fail, rather than give back the raw text with a warning."""

    @property
    def raw_text(self) -> str:
        return joined(self.passages)


@dataclass(frozen=True, kw_only=True)
class RefineWarning:
    """Why the text, or a part of it, is raw."""

    check: str
    """A name that does not change its meaning, such as `numbers` or `endpoint_unavailable`."""
    message: str
    """For people; without a word of the transcript."""


@dataclass(frozen=True, kw_only=True)
class Refined:
    text: str
    raw_text: str
    passages: tuple[Passage, ...] = ()
    """Where they were asked for: all that came in, in order. One of fillers alone may have no text left."""
    warnings: tuple[RefineWarning, ...] = ()
    refined: bool = True
    """Whether the text is, in part at least, an endpoint's."""
    endpoint_id: str = ""
    """Of the endpoint that answered; empty where none did."""
    model: str = ""


def one_passage(text: str) -> tuple[Passage, ...]:
    """For text without times."""
    return (Passage(id=0, start=0.0, end=0.0, text=text),)


def kept_raw(asked: Refinement, *warnings: RefineWarning) -> Refined:
    """What is given where nothing better is to be had: a transcript is never lost to an endpoint."""
    return Refined(
        text=asked.raw_text,
        raw_text=asked.raw_text,
        passages=asked.passages if asked.keep_passages else (),
        warnings=warnings,
        refined=False,
    )


def joined(passages: Sequence[Passage]) -> str:
    """With a space in between where there is none yet; the recognizer's own segments begin with theirs."""
    text = ""
    for passage in passages:
        text += f" {passage.text}" if _NEEDS_SPACE.search(text[-1:] + passage.text[:1]) else passage.text
    return text.strip()
