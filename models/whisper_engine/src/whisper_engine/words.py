"""How a text's tokens fall into words, and when each word was said, from CTranslate2's alignment.

Segments are read from timestamps, in `segments`; the words follow them but are measured apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from whisper_engine.contract import Word
from whisper_engine.tokenizer import Tokenizer

SPACELESS_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "my", "km", "bo", "yue"})
OPENING = frozenset("\"'“‘«„¿¡([{-–—「『（")
SECONDS_PER_ALIGNED_FRAME = 0.02


@dataclass(frozen=True, kw_only=True)
class Span:
    """A word's text and how many tokens write it."""

    text: str
    token_count: int


def split_words(tokens: Sequence[int], tokenizer: Tokenizer, language: str) -> list[Span]:
    """Words that joined give the tokens' text; punctuation stays with the word that it belongs to."""
    words: list[Span] = []
    for piece in _characters(tokens, tokenizer):
        if words and _continues(words[-1].text, piece.text, spaceless=language in SPACELESS_LANGUAGES):
            words[-1] = _joined(words[-1], piece)
        else:
            words.append(piece)
    return _with_punctuation(words)


def timed_words(
    spans: Sequence[Span],
    alignments: Sequence[tuple[int, int]],
    probabilities: Sequence[float],
    *,
    window_seconds: float,
) -> tuple[Word, ...]:
    """The spans with the times at which the path of (token, frame) moves on to their first token and past their last.

    Fewer words, or none, where the path is too short to tell: a time that was not measured is not given.
    """
    moves = _token_starts(alignments)
    words: list[Word] = []
    first = 0
    for span in spans:
        last = first + span.token_count
        if last >= len(moves):
            return tuple(words)
        own = probabilities[first:last]
        words.append(
            Word(
                start=min(moves[first], window_seconds),
                end=min(moves[last], window_seconds),
                text=span.text,
                probability=sum(own) / len(own),
            )
        )
        first = last
    return tuple(words)


def _characters(tokens: Sequence[int], tokenizer: Tokenizer) -> list[Span]:
    """The shortest runs of tokens that write whole characters, for a character may span tokens."""
    pieces: list[Span] = []
    spelled, count = b"", 0
    for token in tokens:
        spelled, count = spelled + tokenizer.spelling(token), count + 1
        try:
            pieces.append(Span(text=spelled.decode(), token_count=count))
        except UnicodeDecodeError:
            continue
        spelled, count = b"", 0
    if count:
        pieces.append(Span(text=spelled.decode(errors="replace"), token_count=count))
    return pieces


def _continues(word: str, piece: str, *, spaceless: bool) -> bool:
    if piece[:1].isspace():
        return False
    # A Latin name within Chinese is one word, however many tokens write it.
    return not spaceless or (_is_latin(word[-1:]) and _is_latin(piece[:1]))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _with_punctuation(words: Sequence[Span]) -> list[Span]:
    """Join what holds no letter or digit with the word after it when it opens something, else with the one before."""
    joined: list[Span] = []
    opening: Span | None = None
    for span in words:
        word = _joined(opening, span) if opening else span
        opening = None
        if any(character.isalnum() for character in word.text):
            joined.append(word)
        elif not joined or OPENING.issuperset(word.text.strip()):
            opening = word
        else:
            joined[-1] = _joined(joined[-1], word)
    if opening:
        joined[-1:] = [_joined(joined[-1], opening)] if joined else [opening]
    return joined


def _joined(left: Span, right: Span) -> Span:
    return replace(left, text=left.text + right.text, token_count=left.token_count + right.token_count)


def _token_starts(alignments: Sequence[tuple[int, int]]) -> list[float]:
    """When the path reaches each token, and the end after them."""
    path = [(-1, 0), *alignments]
    return [frame * SECONDS_PER_ALIGNED_FRAME for (before, _), (token, frame) in pairwise(path) if token != before]
