"""Shares a window's words out over its segments, for the adapters of every engine that gives both."""

from collections.abc import Sequence

from speechkit.domain.transcript import Word


def words_by_segment(segment_texts: Sequence[str], words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Words and segments spell the same text in the same order, so the count of characters says whose a word is."""
    groups, first = [], 0
    for text in segment_texts:
        last = reached = 0
        while first + last < len(words) and reached < len(text):
            reached += len(words[first + last].text)
            last += 1
        groups.append(tuple(words[first : first + last]))
        first += last
    return groups
