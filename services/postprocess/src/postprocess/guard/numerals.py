"""Numbers out of words: "two thousand twenty six", "zweitausendsechsundzwanzig" and "2,026" become digits alike."""

import re
from functools import lru_cache

from postprocess.guard.languages import Language, Numerals

_DIGITS = re.compile(r"\d+(?:\.\d+)*")
_ENDINGS = ("", "en", "er", "es", "em", "e", "ten", "ter", "tes", "tem", "te", "sten", "ster", "stes", "stem", "ste")
_LONGEST_NUMERAL = 64
_ITALIAN_ORDINAL = re.compile(r"esim[oaie]$")


@lru_cache(maxsize=64)
def _atoms(values: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(values, key=len, reverse=True)))


def value_of(word: str, numerals: Numerals) -> int | None:
    """The number that one word is, if it is one."""
    if word in numerals.values:
        return numerals.values[word]
    for stem, value in numerals.stems.items():
        if word.startswith(stem):
            return value
    return _compound(word, numerals) if numerals.compound else None


def _compound(word: str, numerals: Numerals) -> int | None:
    stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
    stems += [_ITALIAN_ORDINAL.sub("", word), _ITALIAN_ORDINAL.sub("o", word)]
    for stem in stems:
        if stem in numerals.values and len(stem) > 2:
            return numerals.values[stem]
        if pieces := _pieces(stem, numerals):
            values = [numerals.values[piece] for piece in pieces if piece != numerals.joiner]
            return _sum(values) if values else None  # "und" alone is no number
    return None


def _pieces(word: str, numerals: Numerals) -> list[str]:
    """The words that one word is made of, none if it isn't; "centottanta" has to give back the o of "cento"."""
    atoms = _atoms(frozenset(numerals.values) | {numerals.joiner or "mille"})
    if len(word) > _LONGEST_NUMERAL or not re.fullmatch(f"(?:{atoms.pattern})+", word):
        return []
    ways: list[list[str] | None] = [[], *[None] * len(word)]
    for at in range(len(word)):
        if (so_far := ways[at]) is None:
            continue
        for end in range(at + 2, len(word) + 1):
            if ways[end] is None and atoms.fullmatch(word, at, end):
                ways[end] = [*so_far, word[at:end]]
    return ways[-1] or []


def _sum(values: list[int]) -> int:
    total = group = 0
    for value in values:
        if value >= 1000:
            total, group = total + (group or 1) * value, 0
        elif value == 100:
            group = (group or 1) * 100
        else:
            group += value
    return total + group


def numbers(words: list[str], language: Language) -> list[str]:
    """`words` with each number in digits; numbers said one after the other ("twenty twenty six") stay several."""
    if (numerals := language.numerals) is None:
        return words
    out: list[str] = []
    at = 0
    while at < len(words):
        after = at
        if words[at] in numerals.point and (fraction := _fraction(words, at + 1, numerals))[0]:
            digits, after = fraction
            said = value_of(out[-1], numerals) if out else None  # "un virgule deux"
            whole = out.pop() if out and (said is not None or _DIGITS.fullmatch(out[-1])) else "0"
            whole = whole if said is None else str(said)
            number, after = _scaled(f"{whole}.{digits}", words, after, numerals)
        elif words[at] not in language.free or words[at][0].isdigit() or _among_digits(words, at, out, numerals):
            number, after = _number(words, at, numerals)
            if words[after : after + 1] == ["½"] and after > at:
                number, after = _half_of_more(number, words, after, numerals)
        out.append(words[at] if after == at else number)
        at = max(after, at + 1)
    return out


def _among_digits(words: list[str], at: int, before: list[str], numerals: Numerals) -> bool:
    """Whether a word that is mostly an article is a digit here: "tre uno due"."""
    here_and_next = [value_of(word, numerals) for word in words[at : at + 2]]
    follows_digit = bool(before) and len(before[-1]) == 1 and before[-1].isdigit()
    return follows_digit and len(here_and_next) == 2 and all(v is not None and v < 10 for v in here_and_next)


def _half_of_more(number: str, words: list[str], at: int, numerals: Numerals) -> tuple[str, int]:
    """ "One and a half million" and "four million and a half" are numbers; "five and a half" may be a time."""
    scaled, after = _scaled(f"{number}.5", words, at + 1, numerals)
    if after > at + 1:
        return scaled, after
    scale = next((s for s in (10**9, 10**6, 1000) if int(float(number)) % s == 0 and float(number) >= s), 0)
    return (str(int(number) + scale // 2), at + 1) if scale else (number, at)


def _fraction(words: list[str], at: int, numerals: Numerals) -> tuple[str, int]:
    """What follows "point": digits one by one ("one four"), or a number below a hundred ("twenty five")."""
    digits = ""
    while at < len(words):
        value = int(words[at]) if words[at].isdigit() else value_of(words[at], numerals)
        if value is None or value >= 100 or (digits and value >= 10):
            break
        if value >= 10:
            following = value_of(words[at + 1], numerals) if at + 1 < len(words) and value % 10 == 0 else None
            adds = following is not None and 0 < following < 10
            return (str(value + (following or 0)), at + 2) if adds else (str(value), at + 1)
        digits, at = f"{digits}{value}", at + 1
    return digits, at


def _number(words: list[str], at: int, numerals: Numerals) -> tuple[str, int]:
    """The number that begins at a word, as digits, and where it ends; where it began if there is none."""
    total = group = 0
    position = at
    if _DIGITS.fullmatch(words[at]):
        return _scaled(words[at], words, at + 1, numerals)
    while position < len(words):
        skip = position + 1 if position > at and words[position] == numerals.joiner else position
        value = value_of(words[skip], numerals) if skip < len(words) else None
        if (
            value is None
            or (position == at and value >= 10**6)
            or (skip != position and not _joins(total, group, value, numerals))
        ):
            break
        if value == 100 and group < 100:
            group = (group or 1) * 100
        elif value >= 1000:
            total, group = total + (group or 1) * value, 0
        elif position == at or _adds(total, group, value, numerals):
            group += value
        else:
            break
        position = skip + 1
    return str(total + group), position


def _joins(total: int, group: int, value: int, numerals: Numerals) -> bool:
    """Whether "and" goes on with the number: "two hundred and five", "treinta y cinco", not "one and two"."""
    return value < 100 and _adds(total, group, value, numerals) and (total + group) >= 20


def _adds(total: int, group: int, value: int, numerals: Numerals) -> bool:
    if value == 0:
        return False
    if group == 0:
        return total > 0
    if numerals.compound:  # "achtzig drei" are two numbers: 83 is one word
        return False
    if group % 100 in {60, 80} and value < 20:  # soixante-dix-huit; "sixty fifteen" is no number elsewhere
        return True
    if group % 100 == 10 or (group % 100 > 60 and group % 10 == 0 and value == 10):
        return value in {7, 8, 9} and group % 100 in {10, 70, 90}
    return group % 10 ** len(str(value)) == 0 and value < 100


def _scaled(number: str, words: list[str], at: int, numerals: Numerals) -> tuple[str, int]:
    """ "2.3 million" is 2300000."""
    scale = numerals.values.get(words[at], numerals.stems.get(words[at][:6], 0)) if at < len(words) else 0
    if scale < 1000 or number.count(".") > 1:
        return number, at
    whole, _, fraction = number.partition(".")
    zeros = len(str(scale)) - 1
    return str(int(whole + fraction) * 10 ** max(zeros - len(fraction), 0)), at + 1
