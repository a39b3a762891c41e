"""How raw samples without a container are written down, validated once.

Turning them into blocks is the matter of the port `PcmDecoder`.
"""

from dataclasses import dataclass
from enum import StrEnum

from speechkit.domain.errors import InvalidRequest

MIN_RATE_HERTZ = 8_000
"""Telephones'; below it speech loses what tells its consonants apart."""

MAX_RATE_HERTZ = 192_000
"""Nothing records speech faster; a typing error does."""


class PcmEncoding(StrEnum):
    S16LE = "s16le"
    F32LE = "f32le"


@dataclass(frozen=True, kw_only=True)
class PcmFormat:
    """One channel, little-endian."""

    encoding: PcmEncoding
    rate_hertz: int

    def __post_init__(self) -> None:
        if not MIN_RATE_HERTZ <= self.rate_hertz <= MAX_RATE_HERTZ:
            raise InvalidRequest(
                f"The sample rate must be {MIN_RATE_HERTZ} to {MAX_RATE_HERTZ} Hz; it was {self.rate_hertz}.",
                param="sample_rate_hertz",
            )
