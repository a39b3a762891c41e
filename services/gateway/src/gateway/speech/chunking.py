"""`chunking_strategy` in the three spellings that clients have for it, within the same bounds at both doors.

What of it our windows follow is the matter of `speechkit.domain.chunking`.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from gateway.intake.multipart import AnyForm
from speechkit.domain.chunking import Chunking
from speechkit.domain.errors import InvalidRequest

FIELD = "chunking_strategy"
AUTO = "auto"
SERVER_VAD = "server_vad"

HIGHEST_THRESHOLD = 1.0
LONGEST_MS = 60_000


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
