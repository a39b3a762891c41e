"""Modes: named ways to refine a transcript, built in or a tenant's own.

What the built-in ones tell the model is the matter of the post-processing service.
"""

from dataclasses import dataclass
from enum import StrEnum


class ModeLimits(StrEnum):
    """What an answer of the model may do to the words."""

    FAITHFUL = "faithful"
    """Fillers and false starts may go. Every other word stays."""
    REWRITING = "rewriting"
    """Other words, all that was said."""
    SHORTENING = "shortening"
    """Less than was said, and nothing else."""
    TRANSLATING = "translating"
    """Another language."""
    SUBTITLES = "subtitles"
    """As faithful, cue by cue."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    name: str
    description: str = ""
    instructions: str = ""
    limits: ModeLimits = ModeLimits.FAITHFUL
    endpoint_id: str = ""
    """Empty: the tenant's default endpoint."""
    fallback_endpoint_id: str = ""
    """Asked where the other fails; empty: none."""
    temperature: float = 0.0
    max_tokens: int = 0
    """Of one answer; 0: as the length of the transcript asks for."""
    keywords: tuple[str, ...] = ()
    """Names and terms that an answer must keep."""
    target_language: str = ""
    """ISO 639-1: the language of the answer; empty: that of the speech."""
    built_in: bool = False
    changed: bool = False
    """Whether a built-in mode is another for this tenant."""
    needs_endpoint: bool = False
    """Whether no endpoint is there for it: none was made, or the one it used was deleted."""

    @property
    def keeps_segments(self) -> bool:
        """Whether subtitles and segments can be refined with it, their times being kept."""
        return self.limits in (ModeLimits.FAITHFUL, ModeLimits.TRANSLATING, ModeLimits.SUBTITLES)


@dataclass(frozen=True, kw_only=True)
class ModeChanges:
    """None: it stays as it is."""

    description: str | None = None
    instructions: str | None = None
    limits: ModeLimits | None = None
    endpoint_id: str | None = None
    fallback_endpoint_id: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    keywords: tuple[str, ...] | None = None
    target_language: str | None = None
