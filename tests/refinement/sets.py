"""Reads the transcripts and answers of tests/data/refinement; the half set aside is for measuring alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Half = Literal["tuning", "set_aside"]
HALVES: tuple[Half, ...] = ("tuning", "set_aside")
_DATA = Path(__file__).parents[1] / "data" / "refinement"


@dataclass(frozen=True)
class Answer:
    """What a model made of a transcript; `how` says in which way it does damage, "faithful" that it does none."""

    language: str
    raw: str
    text: str
    how: str


def faithful(half: Half) -> list[Answer]:
    """Every clean-up that must pass, those of the adversarial transcripts too."""
    pairs = [Answer(row["language"], row["raw"], row["cleaned"], "faithful") for row in _rows("faithful", half)]
    return pairs + [
        Answer(row["language"], row["raw"], row["faithful"], "faithful") for row in _rows("adversarial", half)
    ]


def damaging(half: Half) -> list[Answer]:
    """Every answer written by hand that must be caught."""
    return [
        Answer(row["language"], row["raw"], damage["text"], damage["how"])
        for row in _rows("adversarial", half)
        for damage in row["damaging"]
    ]


def _rows(kind: str, half: Half) -> Iterator[dict[str, Any]]:
    with (_DATA / kind / f"{half}.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
