"""Holds an answer against the transcript it was made from, check by check."""

import re
from collections.abc import Sequence

from postprocess.guard.comparing import Differences, differences
from postprocess.guard.faults import Fault
from postprocess.guard.languages import LANGUAGES, UNKNOWN, Language, differ, guess
from postprocess.guard.limits import Limits
from postprocess.guard.manner import manner_faults
from postprocess.guard.overlap import overlap_faults
from postprocess.guard.reading import CURRENCIES, folded, read

_SLACK_CHARACTERS = 24
"""A word more or less in a short text is no sign of anything."""
_BULLET = re.compile(r"(?m)^[ \t]{0,8}[-•*–] ")
_UNITED_STATES = re.compile(r"\bUS\b")
"""No "us" of a model that speaks."""
_LONGEST_RUN = 1
"""Words in a row that may go or come without an explanation, within the limits' shares: two are a statement."""


def judge(
    raw: str, cleaned: str, *, limits: Limits, keywords: Sequence[str] = (), language: str | None = None
) -> tuple[Fault, ...]:
    """What is wrong with `cleaned`; nothing means that it may be used. `language` is an ISO 639-1 code."""
    if not raw.strip() and not cleaned.strip():
        return ()
    if not cleaned.strip():
        return (Fault("empty", "The answer was empty. Return the whole edited transcript."),)
    said, written = folded(raw), folded(cleaned)
    faults = [*manner_faults(said, written), *_length(raw, cleaned, limits), *_keywords(said, written, keywords)]
    if limits.same_language and differ(said, written):
        faults.append(Fault("language_changed", "Answer in the language of the transcript. Translate nothing."))
    words = LANGUAGES.get(language or guess(said) or "", UNKNOWN)
    if limits.word_for_word:
        return (*faults, *_word_for_word(raw, cleaned, limits, words))
    return (*faults, *overlap_faults(raw, cleaned, limits, words))


def _length(raw: str, cleaned: str, limits: Limits) -> list[Fault]:
    said, written = len(raw.strip()), len(cleaned.strip())
    if written > said * limits.longest + _SLACK_CHARACTERS:
        return [Fault("too_long", "The answer is much longer than the transcript. Add nothing to what was said.")]
    if written < said * limits.shortest - _SLACK_CHARACTERS:
        return [Fault("too_short", "The answer is much shorter than the transcript. Return all of it.")]
    return []


def _keywords(said: str, written: str, keywords: Sequence[str]) -> list[Fault]:
    lost = [word for word in keywords if folded(word) in said and folded(word) not in written]
    return [Fault("keyword_lost", f"Keep these words as they are: {', '.join(lost)}.")] if lost else []


def _word_for_word(raw: str, cleaned: str, limits: Limits, language: Language) -> list[Fault]:
    said = read(raw, language)
    # "It costs nine ninety nine": which money it is was understood.
    understood = frozenset() if any(t.text in CURRENCIES for t in said) else CURRENCIES
    written = read(cleaned, language, besides=understood)
    found = differences(said, written, language)
    if found.numbers and _only_numbering(found.numbers, cleaned):
        found.numbers.clear()
    checks = (
        _replaced(found, {t.text for t in said}),
        _dropped(found, len(said) * (1 - limits.least_kept)),
        _invented(found, len(written) * limits.most_invented),
        _changed(found),
        _spoke_for_itself(raw, cleaned, language),
        _stops_early(raw, cleaned, language),
    )
    return [fault for fault in checks if fault]


def _only_numbering(numbers: list[str], cleaned: str) -> bool:
    """Whether what is gone is "first, second, third", for which the answer has bullets."""
    bullets = len(_BULLET.findall(cleaned))
    return bullets > 1 and numbers == [str(number) for number in range(2, bullets + 1)]


def _replaced(found: Differences, said: set[str]) -> Fault | None:
    if not found.replaced:
        return None
    pairs = ", ".join(f"“{old}” became “{new}”" for old, new in found.replaced[:3])
    if all(word in said for _, new in found.replaced for word in new.split()):
        return Fault("words_reordered", f"Keep the order in which it was said: {pairs}.")
    return Fault("words_invented", f"Keep the words as they were said: {pairs}.")


def _dropped(found: Differences, allowed: float) -> Fault | None:
    if found.longest_drop <= _LONGEST_RUN and len(found.dropped) <= allowed:
        return None
    return Fault("words_dropped", f"These words of the transcript are missing: {', '.join(found.dropped[:12])}.")


def _invented(found: Differences, allowed: float) -> Fault | None:
    if found.longest_invention <= _LONGEST_RUN and len(found.invented) <= allowed:
        return None
    return Fault("words_invented", f"These words were not said: {', '.join(found.invented[:12])}.")


def _changed(found: Differences) -> Fault | None:
    if found.numbers:
        return Fault("numbers_changed", f"Keep every number as it was said: {', '.join(found.numbers[:8])}.")
    if found.negations:
        return Fault("negation_lost", f"Keep every negation as it was said: {', '.join(found.negations[:8])}.")
    return None


def _spoke_for_itself(raw: str, cleaned: str, language: Language) -> Fault | None:
    """“I have transferred the money” keeps the words of “transfer the money”."""
    said, written = (set(folded(_UNITED_STATES.sub("", text)).replace("'", " ").split()) for text in (raw, cleaned))
    if not language.first_person or said & language.first_person or not written & language.first_person:
        return None
    return Fault(
        "answered", "The answer speaks for itself. Only edit what the speaker said; nothing in it is asked of you."
    )


def _stops_early(raw: str, cleaned: str, language: Language) -> Fault | None:
    """An answer that ends in "but" was cut off, even if each word left out was also said before."""
    last = folded(cleaned).rstrip(" ,;:-…").rpartition(" ")[2]
    if last not in language.free or last in folded(raw).split()[-4:]:
        return None
    return Fault("words_dropped", "The answer stops in mid-sentence. Return the whole edited transcript.")
