"""Holds an answer against the transcript it was made from, check by check."""

from collections.abc import Sequence

from postprocess.guard.faults import Fault
from postprocess.guard.limits import Limits

SLACK_CHARACTERS = 24
"""A word more or less in a short text is no sign of anything."""


def judge(
    raw: str, cleaned: str, *, limits: Limits, keywords: Sequence[str] = (), language: str | None = None
) -> tuple[Fault, ...]:
    """What is wrong with `cleaned`; nothing means that it may be used. `language` is an ISO 639-1 code."""
    if not cleaned.strip():
        return (Fault("empty", "The answer was empty. Return the whole edited transcript."),) if raw.strip() else ()
    return (*_length(raw, cleaned, limits), *_keywords(raw, cleaned, keywords))


def _length(raw: str, cleaned: str, limits: Limits) -> list[Fault]:
    said, written = len(raw.strip()), len(cleaned.strip())
    if written > said * limits.longest + SLACK_CHARACTERS:
        return [Fault("too_long", "The answer is much longer than the transcript. Add nothing to what was said.")]
    if written < said * limits.shortest - SLACK_CHARACTERS:
        return [Fault("too_short", "The answer is much shorter than the transcript. Return all of it.")]
    return []


def _keywords(raw: str, cleaned: str, keywords: Sequence[str]) -> list[Fault]:
    said, written = raw.casefold(), cleaned.casefold()
    lost = [word for word in keywords if word.casefold() in said and word.casefold() not in written]
    return [Fault("keyword_lost", f"Keep these words as they are: {', '.join(lost)}.")] if lost else []
