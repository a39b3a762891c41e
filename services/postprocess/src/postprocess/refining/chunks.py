"""Cuts a transcript into what goes into one call: between passages, and inside one only where it is too long alone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from postprocess.refining.budgets import tokens
from speechkit.domain.refinement import Passage, joined

OVERLAP_CHARACTERS = 300

_SENTENCES = re.compile(r"[^.!?…。！？\n]+[.!?…。！？\n]*\s*")


@dataclass(frozen=True, kw_only=True)
class Chunk:
    passages: tuple[Passage, ...]
    before: str = ""
    """What was said just before, for the model to read and not to write."""

    @property
    def text(self) -> str:
        return joined(self.passages)


def chunks_of(passages: Sequence[Passage], *, most_tokens: int, divisible: bool) -> tuple[Chunk, ...]:
    """In order, with every passage once; one that is too long alone is cut at its sentences, where it may be."""
    pieces = [piece for passage in passages for piece in (_pieces(passage, most_tokens) if divisible else (passage,))]
    groups = list(_groups(pieces, most_tokens))
    befores = ["", *(_end_of(joined(group)) for group in groups[:-1])]
    return tuple(Chunk(passages=group, before=before) for group, before in zip(groups, befores, strict=True))


def _groups(pieces: Sequence[Passage], most_tokens: int) -> Iterator[tuple[Passage, ...]]:
    group: list[Passage] = []
    used = 0
    for piece in pieces:
        needed = tokens(piece.text)
        if group and used + needed > most_tokens:
            yield tuple(group)
            group, used = [], 0
        group.append(piece)
        used += needed
    if group:
        yield tuple(group)


def _pieces(passage: Passage, most_tokens: int) -> Iterator[Passage]:
    if tokens(passage.text) <= most_tokens:
        yield passage
        return
    text = ""
    for sentence in _SENTENCES.findall(passage.text) or [passage.text]:
        for part in _parts(sentence, most_tokens):
            if text and tokens(text + part) > most_tokens:
                yield replace(passage, text=text)
                text = ""
            text += part
    if text:
        yield replace(passage, text=text)


def _parts(sentence: str, most_tokens: int) -> Iterator[str]:
    """Of a sentence without an end: cut at a space if there is one, and anywhere else otherwise."""
    while tokens(sentence) > most_tokens:
        most = max(1, len(sentence) * most_tokens // tokens(sentence) - 1)
        cut = sentence.rfind(" ", most // 2, most) + 1 or most
        yield sentence[:cut]
        sentence = sentence[cut:]
    yield sentence


def _end_of(text: str) -> str:
    """From the beginning of a word on."""
    end = text[-OVERLAP_CHARACTERS:]
    return end if len(end) == len(text) or " " not in end else end[end.index(" ") + 1 :]
