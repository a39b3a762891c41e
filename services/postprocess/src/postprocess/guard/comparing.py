"""Aligns what was said with what was written and explains every difference, or reports it.

A clean-up may drop what was said twice and what the speaker took back; it adds nothing. A difference that is not
understood counts as damage: a false alarm costs a clean-up, a miss costs the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from rapidfuzz.distance import LCSseq, Levenshtein

from postprocess.guard.languages import Language
from postprocess.guard.reading import Token

_LONGEST_TAKEN_BACK = 6
_LONGEST_RESTART = 4


@dataclass(slots=True)
class Differences:
    """What no rule explains, by kind."""

    dropped: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    negations: list[str] = field(default_factory=list)
    longest_drop: int = 0
    longest_invention: int = 0


def differences(said: Sequence[Token], written: Sequence[Token], language: Language) -> Differences:
    """Everything in which `written` says something else than `said`."""
    said = _labels_of_a_list(said, written)
    found = _differences(said, written, language)
    if found.numbers and (corrected := _with_numbers_corrected(said, language)) != said:
        return min(found, _differences(corrected, written, language), key=lambda each: len(each.numbers))
    return found


def _labels_of_a_list(said: Sequence[Token], written: Sequence[Token]) -> Sequence[Token]:
    """ "Option one … option two …" in an answer that is a numbered list: the word need not stand there."""
    if not any(t.text == "2" and t.kind == "number" and t.optional for t in written):
        return said
    texts = [t.text for t in said]
    labels = {t.text for t, number in pairwise(said) if number.text == "2" and texts.count(t.text) > 1}
    # "Option un": the first number is an article as well, and so not seen.
    first = {texts.index(label) for label in labels}
    return [
        replace(t, optional=True) if t.text in labels and (at in first or following.kind == "number") else t
        for at, (t, following) in enumerate(pairwise([*said, Token("", "word")]))
    ]


def _with_numbers_corrected(said: Sequence[Token], language: Language) -> list[Token]:
    """ "Twenty-eight people, no, twenty-nine" is twenty-nine people, who are named only once."""
    corrected = list(said)
    for at in range(len(said) - 2, 1, -1):
        correction = said[at].kind == "taken_back" or said[at].text in language.corrections
        if correction and [said[where].kind for where in (at - 2, at - 1, at + 1)] == ["number", "word", "number"]:
            corrected[at - 2 : at + 2] = [said[at + 1], said[at - 1]]
    return corrected


def _differences(said: Sequence[Token], written: Sequence[Token], language: Language) -> Differences:
    found = Differences()
    texts = [t.text for t in said]
    for lost, new in _blocks(said, written):
        lost_at, new_at = _without_pairs(said, written, lost, new)
        unexplained = [at for run in _runs(lost_at) for at in run if not _may_go(said, texts, run, language)]
        unexplained = [at for at in unexplained if not said[at].optional]
        added = [written[at] for at in new_at if not _may_come(written[at], said)]
        _sort(found, [said[at] for at in unexplained], added)
    return found


def _blocks(said: Sequence[Token], written: Sequence[Token]) -> list[tuple[range, range]]:
    """Stretches between words that both have."""
    blocks: list[tuple[range, range]] = []
    for op in LCSseq.opcodes([t.text for t in said], [t.text for t in written]):
        if op.tag == "equal":
            continue
        lost, new = range(op.src_start, op.src_end), range(op.dest_start, op.dest_end)
        if blocks and blocks[-1][0].stop == lost.start and blocks[-1][1].stop == new.start:
            lost, new = range(blocks[-1][0].start, lost.stop), range(blocks[-1][1].start, new.stop)
            blocks.pop()
        blocks.append((lost, new))
    return blocks


def _without_pairs(
    said: Sequence[Token], written: Sequence[Token], lost: range, new: range
) -> tuple[list[int], list[int]]:
    """What remains of a block once the same in another spelling is paired off, from the end: the last try counts."""
    if "".join(said[at].text for at in lost) == "".join(written[at].text for at in new):
        return [], []
    lost_at, new_at, remaining = list(lost), [], list(lost)
    for at in reversed(new):
        if together := _together(said, remaining, written[at].text):
            lost_at = [other for other in lost_at if other not in together]
            remaining = [other for other in remaining if other < together[0]]
            continue
        twin = next((other for other in reversed(remaining) if _same(said[other], written[at])), None)
        if twin is None:
            new_at.append(at)
        else:
            lost_at.remove(twin)
            remaining = [other for other in remaining if other < twin]
    return lost_at, new_at[::-1]


def _together(said: Sequence[Token], at: list[int], word: str) -> list[int]:
    """Two or three words in a row that are written as one: "web site"."""
    for size in (2, 3):
        for start in range(len(at) - size, -1, -1):
            if "".join(said[other].text for other in at[start : start + size]) == word:
                return at[start : start + size]
    return []


def _same(said: Token, written: Token) -> bool:
    if said.kind != written.kind:
        return False
    if said.kind == "number":
        return bool(said.forms & written.forms)
    return said.kind == "word" and _inflected(said.text, written.text)


def _inflected(said: str, written: str) -> bool:
    """The same word in another form or spelling, as far as letters can tell."""
    shorter, longer = sorted((said, written), key=len)
    if len(shorter) < 3 or said[0] != written[0] or not longer.isalpha():
        return False
    if longer.startswith(shorter[: max(len(shorter) - 1, 4)]) and len(longer) - len(shorter) <= 3:
        return True
    return len(longer) >= 5 and Levenshtein.distance(said, written, score_cutoff=1) <= 1


def _runs(positions: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for at in positions:
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _may_go(said: Sequence[Token], texts: list[str], run: list[int], language: Language) -> bool:
    """Whether a dropped run was said again or taken back. A run can be seen at several places where words repeat."""
    for shift in range(-len(run), len(run) + 1):
        start, stop = run[0] + shift, run[-1] + 1 + shift
        if start < 0 or stop > len(said) or not _shifts(texts, run, shift):
            continue
        if _said_again(said, start, stop) or _taken_back(said, start, stop, language):
            return True
    return False


def _shifts(texts: list[str], run: list[int], shift: int) -> bool:
    """Dropping a run, or the same number of words a few places on, leaves the same text."""
    if shift >= 0:
        return texts[run[0] : run[0] + shift] == texts[run[-1] + 1 : run[-1] + 1 + shift]
    return texts[run[0] + shift : run[0]] == texts[run[-1] + 1 + shift : run[-1] + 1]


def _said_again(said: Sequence[Token], start: int, stop: int) -> bool:
    if _denied_again(said, start, stop):
        return True
    run = [t.text for t in said[start:stop] if t.kind != "taken_back"]
    size = len(run)
    after = [t.text for t in said[stop : stop + size]]
    before = [t.text for t in said[max(start - size, 0) : start]]
    if run and run in (after, before):
        words = [t for t in said[start:stop] if t.kind != "taken_back"]
        if any(t.kind != "negation" for t in words):
            return True
        return _stuttered(words[-1], said[stop]) if after == run else _stuttered(said[start - 1], words[0])
    if _begun_again(said[start:stop], said[stop : stop + size + 1]):
        return True
    if size > _LONGEST_RESTART or any(t.kind in {"number", "negation"} for t in said[start:stop]):
        return False
    near = {t.text for t in said[stop : stop + size + 3]}
    return bool(run) and all(any(text == other or other.startswith(text) for other in near) for text in run)


def _denied_again(said: Sequence[Token], start: int, stop: int) -> bool:
    """ "No, no, no, it's not": one after the other, and one of them stays."""
    run = [*said[start:stop], *said[stop : stop + 1]]
    return (
        len(run) > stop - start
        and all(t.kind == "negation" and t.text == run[0].text for t in run)
        and not any(t.after for t in run[1:])
    )


def _begun_again(run: Sequence[Token], after: Sequence[Token]) -> bool:
    """ "They can't stay, they really can't stay": the same words and one more among them."""
    if len(run) < 2 or len(after) != len(run) + 1:
        return False
    more = next((at for at in range(len(run)) if run[at].text != after[at].text), len(run))
    if more == len(run) or after[more].kind != "word" or (more == 0 and run[0].kind != "negation"):
        return False
    return [t.text for t in run[more:]] == [t.text for t in after[more + 1 :]]


def _stuttered(first: Token, second: Token) -> bool:
    """Whether a negation was said twice and meant once: "we don't we don't", not "if not, then it's not"."""
    for size in range(len(second.after) + 1):
        between, before = second.after[:size], second.after[size:]
        if second.followed_by[:size] == between and (not before or first.after[-len(before) :] == before):
            return True
    # "No sé, este, no sé qué": nothing but small words between, and the same one behind both.
    if first.followed_by and first.followed_by[0] in second.followed_by[:1]:
        return True
    # "We shouldn't, we really shouldn't": begun again, with more said.
    words = iter(second.after)
    return len(first.after) > 1 and all(word in words for word in first.after)


def _taken_back(said: Sequence[Token], start: int, stop: int, language: Language) -> bool:
    """ "on Monday, no wait, Tuesday": what stood before the correction is replaced by what follows, of the same kind.

    A mere "no" is a correction only between two numbers, two weekdays or two months: elsewhere it denies something.
    """
    if _repaired(said, start, stop):
        return True
    *before, last = said[start:stop]
    before = [t for t in before if t.kind != "taken_back"]
    if not before or len(before) > _LONGEST_TAKEN_BACK or stop >= len(said):
        return False
    follows = said[stop : stop + len(before) + 1]
    if any(t.kind == "number" for t in before) and not any(t.kind == "number" for t in follows):
        return False
    if last.kind == "taken_back":
        return not any(t.kind == "negation" for t in before)
    # "Five, no, six, no, seven": what was taken back had itself replaced something.
    values = [t for t in before if t.text not in language.corrections]
    if last.kind != "negation" or last.text not in language.corrections or len(values) > 2:
        return False
    return any(_alike(gone, follows, language) for gone in values)


def _repaired(said: Sequence[Token], start: int, stop: int) -> bool:
    """ "Meet at noon, meet at one, I mean": begun again with the same word, and the correction named afterwards."""
    gone, follows = said[start:stop], said[stop : 2 * stop - start + 1]
    if len(gone) < 2 or stop >= len(said) or gone[0].text != said[stop].text:
        return False
    return any(t.kind == "taken_back" for t in follows) and not any(t.kind == "negation" for t in (*gone, *follows))


def _alike(gone: Token, follows: Sequence[Token], language: Language) -> bool:
    if gone.kind == "number":
        return any(t.kind == "number" for t in follows[:2])
    return any(gone.text in names and any(t.text in names for t in follows[:2]) for names in language.calendar)


def _may_come(new: Token, said: Sequence[Token]) -> bool:
    if new.text == "percent":  # "from three to four percent"
        return any(t.text == "percent" for t in said)
    return new.optional


def _sort(found: Differences, lost: list[Token], new: list[Token]) -> None:
    words_lost = [t.text for t in lost if t.kind == "word"]
    words_new = [t.text for t in new if t.kind == "word"]
    found.numbers += [t.text for t in (*lost, *new) if t.kind == "number"]
    found.negations += [t.text for t in (*lost, *new) if t.kind == "negation"]
    if words_lost and words_new:
        found.replaced.append((" ".join(words_lost), " ".join(words_new)))
        return
    found.dropped += words_lost
    found.invented += words_new
    found.longest_drop = max(found.longest_drop, len(words_lost))
    found.longest_invention = max(found.longest_invention, len(words_new))
