"""Compares a rewritten, shortened or translated text with the transcript: what both must have, in whatever order."""

from collections.abc import Sequence

from postprocess.guard.faults import Fault
from postprocess.guard.languages import LANGUAGES, Language, guess
from postprocess.guard.limits import Limits
from postprocess.guard.reading import Token, folded, read

_STEM = 5
_FEWEST = 6
"""Words below which a share says nothing."""


def overlap_faults(raw: str, cleaned: str, limits: Limits, language: Language) -> list[Fault]:
    """Words kept and invented by share, numbers one by one, negations as a whole."""
    written_in = language if limits.same_language else LANGUAGES.get(guess(folded(cleaned)) or "", language)
    said, written = read(raw, language), read(cleaned, written_in)
    return [*_shares(said, written, limits), *_numbers(said, written, limits), *_negations(said, written, limits)]


def _shares(said: Sequence[Token], written: Sequence[Token], limits: Limits) -> list[Fault]:
    heard, answered = _stems(said), _stems(written)
    faults = []
    if len(heard) >= _FEWEST and len(heard & answered) < limits.least_kept * len(heard):
        faults.append(Fault("words_dropped", "Too little of what was said is left. Keep its content."))
    if len(answered) >= _FEWEST and len(answered - heard) > limits.most_invented * len(answered):
        faults.append(Fault("words_invented", "Too much was added that was not said. Use what the transcript says."))
    return faults


def _stems(tokens: Sequence[Token]) -> set[str]:
    return {t.text[:_STEM] for t in tokens if t.kind == "word"}


def _numbers(said: Sequence[Token], written: Sequence[Token], limits: Limits) -> list[Fault]:
    heard = {form for t in said if t.kind == "number" for form in t.forms}
    new = [t.text for t in written if t.kind == "number" and not t.optional and not t.forms & heard]
    if limits.least_kept:
        present = {form for t in written if t.kind == "number" for form in t.forms}
        new += [t.text for t in said if t.kind == "number" and not t.optional and not t.forms & present]
    return [Fault("numbers_changed", f"Keep numbers as they were said: {', '.join(new[:8])}.")] if new else []


def _negations(said: Sequence[Token], written: Sequence[Token], limits: Limits) -> list[Fault]:
    heard, answered = (sum(t.kind == "negation" for t in tokens) for tokens in (said, written))
    if limits.keeps_negations and bool(heard) != bool(answered):
        return [Fault("negation_lost", "Something denied is no longer, or the other way round. Keep what is denied.")]
    return []
