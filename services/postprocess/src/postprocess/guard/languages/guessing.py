"""Which of the languages that the guard knows a text is in; good enough to choose word lists and to notice a change."""

import re

from postprocess.guard.languages.english import ENGLISH
from postprocess.guard.languages.german import GERMAN
from postprocess.guard.languages.others import ARABIC, CHINESE, JAPANESE, RUSSIAN
from postprocess.guard.languages.romance import FRENCH, ITALIAN, SPANISH

LANGUAGES = {
    "en": ENGLISH,
    "de": GERMAN,
    "es": SPANISH,
    "fr": FRENCH,
    "it": ITALIAN,
    "ru": RUSSIAN,
    "ja": JAPANESE,
    "zh": CHINESE,
    "ar": ARABIC,
}
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
)
_LATIN = ("en", "de", "es", "fr", "it")
_ENOUGH_VOTES = 3


def script_of(text: str) -> str | None:
    """A language of the script that most letters are of; None for Latin letters, and for none at all."""
    letters = sum(c.isalpha() for c in text)
    counts = {code: len(letter.findall(text)) for code, letter in _SCRIPTS}
    if counts["ja"] * 8 > letters:
        return "ja"
    code, most = max(counts.items(), key=lambda item: item[1])
    return code if most * 2 > letters else None


def votes(folded: str) -> dict[str, int]:
    """How many words of a text each language with Latin letters counts among its commonest."""
    words = re.findall(r"\w+", folded)
    return {code: sum(w in LANGUAGES[code].free or w in LANGUAGES[code].negations for w in words) for code in _LATIN}


def guess(folded: str) -> str | None:
    """The language of a text, None when it is not one that the guard knows or has too few words to tell."""
    if script := script_of(folded):
        return script if script in LANGUAGES else None
    ranked = sorted(votes(folded).items(), key=lambda item: -item[1])
    (code, most), (_, second) = ranked[:2]
    return code if most > second else None


def differ(said: str, written: str) -> bool:
    """Whether one text is plainly in another language than the other."""
    if script_of(said) != script_of(written):
        return any(c.isalpha() for c in said) and any(c.isalpha() for c in written)
    said_votes, written_votes = votes(said), votes(written)
    before, after = max(said_votes, key=said_votes.__getitem__), max(written_votes, key=written_votes.__getitem__)
    if before == after or script_of(said):
        return False
    enough = min(said_votes[before], written_votes[after]) >= _ENOUGH_VOTES
    return enough and said_votes[before] >= 2 * said_votes[after] and written_votes[after] >= 2 * written_votes[before]
