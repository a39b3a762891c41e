"""Numbers out of words: "two thousand twenty six", "zweitausendsechsundzwanzig" and "2,026" become digits alike."""

import re
from functools import lru_cache

from postprocess.guard.languages import Language, Numerals

_DIGITS = re.compile(r"\d+(?:\.\d+)*")
_ENDINGS = ("", "en", "er", "es", "em", "e", "ten", "ter", "tes", "tem", "te", "sten", "ster", "stes", "stem", "ste")
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
        pieces, at = [], 0
        while at < len(stem) and (found := _piece(stem, at, numerals)):
            pieces.append(found)
            at += len(found)
        if at == len(stem) and len(pieces) > 1:
            return _sum([numerals.values[piece] for piece in pieces if piece != numerals.joiner])
    return None


def _piece(word: str, at: int, numerals: Numerals) -> str:
    if numerals.joiner and word.startswith(numerals.joiner, at):
        return numerals.joiner
    found = _atoms(frozenset(numerals.values)).match(word, at)
    return found[0] if found else ""


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
            whole = out.pop() if out and _DIGITS.fullmatch(out[-1]) else "0"
            number, after = _scaled(f"{whole}.{digits}", words, after, numerals)
        elif words[at] not in language.free or words[at][0].isdigit():
            number, after = _number(words, at, numerals)
        out.append(words[at] if after == at else number)
        at = max(after, at + 1)
    return out


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
            or (skip != position and not _joins(total, group, value))
        ):
            break
        if value == 100 and group < 100:
            group = (group or 1) * 100
        elif value >= 1000:
            total, group = total + (group or 1) * value, 0
        elif position == at or _adds(total, group, value):
            group += value
        else:
            break
        position = skip + 1
    return str(total + group), position


def _joins(total: int, group: int, value: int) -> bool:
    """Whether "and" goes on with the number: "two hundred and five", "treinta y cinco", not "one and two"."""
    return value < 100 and _adds(total, group, value) and (total + group) >= 20


def _adds(total: int, group: int, value: int) -> bool:
    if group == 0:
        return total > 0
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
