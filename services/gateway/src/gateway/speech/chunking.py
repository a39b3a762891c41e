"""`chunking_strategy` in the three spellings that clients have for it, and what of it our windows follow at both doors.

Where windows are cut is the matter of `speechkit.domain.windows`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.intake.multipart import AnyForm
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.windows import WindowRules

FIELD = "chunking_strategy"
AUTO = "auto"
SERVER_VAD = "server_vad"

HIGHEST_THRESHOLD = 1.0
LONGEST_MS = 60_000
MOST_PADDING_SECONDS = 1.0
"""Whatever is asked for: padding is shown to the model, which is tempted to invent in silence."""

LEAST_PAUSE_SECONDS = 0.1
"""Shorter ones lie inside of words: a plosive is silent before it bursts."""

HYSTERESIS = WindowRules().speech_threshold - WindowRules().silence_threshold


@dataclass(frozen=True, kw_only=True)
class Chunking:
    """What is None is left to the server, as everything is by `auto`."""

    threshold: float | None = None
    prefix_padding_ms: float | None = None
    silence_duration_ms: float | None = None

    def applied_to(self, rules: WindowRules) -> WindowRules:
        """The threshold, the padding around speech, and the pause that ends a window which is long enough.

        Windows are still between 8 and 28 s where pauses allow: shorter ones cost words.
        """
        if self.threshold is not None:
            rules = replace(
                rules, speech_threshold=self.threshold, silence_threshold=max(0.0, self.threshold - HYSTERESIS)
            )
        if self.prefix_padding_ms is not None:
            rules = replace(rules, padding_seconds=min(MOST_PADDING_SECONDS, self.prefix_padding_ms / 1000))
        if self.silence_duration_ms is not None:
            pause_seconds = max(LEAST_PAUSE_SECONDS, min(rules.gap_seconds, self.silence_duration_ms / 1000))
            rules = replace(rules, pause_seconds=pause_seconds)
        return rules


def read_chunking(form: AnyForm) -> Chunking:
    """`auto`, JSON in one field, or one field for each member: `chunking_strategy[type]`, …"""
    text, members = form.text(FIELD).strip(), dict(form.members(FIELD))
    if not text and not members:
        return Chunking()
    asked = members or _from_json(text)
    if asked in (AUTO, {"type": AUTO}):
        return Chunking()
    if not isinstance(asked, Mapping) or asked.get("type") != SERVER_VAD:
        raise InvalidRequest(f"{FIELD} must be '{AUTO}' or an object whose type is '{SERVER_VAD}'.", param=FIELD)
    return Chunking(
        threshold=_number(asked, "threshold", most=HIGHEST_THRESHOLD),
        prefix_padding_ms=_number(asked, "prefix_padding_ms", most=LONGEST_MS),
        silence_duration_ms=_number(asked, "silence_duration_ms", most=LONGEST_MS),
    )


def bounded(number: float, *, most: float, name: str, param: str) -> float:
    if not 0 <= number <= most:
        raise InvalidRequest(f"{name} must be a number from 0 to {most:g}.", param=param)
    return number


def _from_json(text: str) -> Any:
    if text == AUTO:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _number(asked: Mapping[str, Any], name: str, *, most: float) -> float | None:
    value = asked.get(name)
    if value is None or value == "":
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    return bounded(number, most=most, name=f"{FIELD}.{name}", param=f"{FIELD}[{name}]")
