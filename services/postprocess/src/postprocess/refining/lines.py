"""Numbered lines on their way back from the model: every one there, once, and with its own words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE = re.compile(r"\s*\[(\d{1,6})\]\s?(.*)")
_WORD = re.compile(r"\w+")

MOST_LISTED = 10
LEAST_WORDS = 4
"""A shorter line may lose half of its words to a good edit."""


@dataclass(frozen=True)
class Complaint:
    """Why an answer can't be used: a check's name, and what to tell the model."""

    check: str
    reason: str


def read_lines(answer: str, *, count: int) -> tuple[str, ...] | Complaint:
    """The text of each line."""
    found: dict[int, list[str]] = {}
    order: list[int] = []
    for line in answer.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            order.append(int(match[1]))
            found.setdefault(int(match[1]), []).append(match[2].strip())
        elif line.strip() and order:
            found[order[-1]][-1] += f" {line.strip()}"
    missing = [number for number in range(1, count + 1) if number not in found]
    if missing:
        listed = ", ".join(str(number) for number in missing[:MOST_LISTED])
        return Complaint("lines_missing", f"Lines are missing: {listed}. Return every line under its number.")
    if order != list(range(1, count + 1)):
        return Complaint("lines_changed", "Return every line once, under its own number, in the order they came in.")
    return tuple(" ".join(found[number]) for number in order)


def moved_words(raw: Sequence[str], cleaned: Sequence[str]) -> Complaint | None:
    """Words that stand in the wrong line would be shown at the wrong time."""
    for number, (before, after) in enumerate(zip(raw, cleaned, strict=True), 1):
        neighbours = {
            *_words(" ".join(raw[max(0, number - 2) : number - 1])),
            *_words(" ".join(raw[number : number + 1])),
        }
        strangers = [word for word in _words(after) if word not in _words(before)]
        moved = [word for word in strangers if word in neighbours]
        if len(moved) >= LEAST_WORDS and len(moved) > len(_words(after)) / 2:
            return Complaint(
                "lines_changed", f"Line {number} holds words of its neighbours. Leave words in their line."
            )
    return None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
