"""Turns a text into the tokens that must come back: words that carry a fact, numbers in digits, negations.

What a clean-up may change without changing what was said (case, punctuation, fillers, how a number is written) is gone
afterwards. Whether two readings agree is comparing's to say.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from typing import Literal

from postprocess.guard.languages import Language, words
from postprocess.guard.numerals import numbers

Kind = Literal["word", "number", "negation", "taken_back"]
_HESITATIONS = words("um uh uhm er ah eh euh ehm ahm oh hm э ээ эм")
_PARTS_OF_HOURS = {"½": (".5", "30"), "¼": (".25", "15"), "¾": ()}
"""What a number was said with: a half, a quarter, "a quarter to"."""
_MINUTES = words("5 10 20 25")
_HOURS = frozenset(map(str, range(1, 25)))
TAKEN_BACK = "⟲"
"""Stands for "no wait", "sorry", "or rather": what comes before may be gone."""
_WORDS_OF_ONE_LETTER = frozenset("aioyeаиояэу")
_MARKS_OF_KANA = "\u3099\u309a"
_LISTED = re.compile(r"(?m)^[ \t]{0,8}(\d{1,2})[.)](?=[ \t])")
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:([.,' \u00a0\u202f])\d{3})(?:\1\d{3})*(?![\d]|[.,]\d{3})")
_ORDINAL = re.compile(r"(?<=\d)[-.]?(?:st|nd|rd|th|ers?|eres?|e|re|er|eme|º|ª|го|и|е|м|я|s)(?![a-zа-я\d])")
_ROMAN = re.compile(r"\b([A-ZÄÖÜÀ-ÝА-Я]\w+ )(X{0,3})(IX|IV|V?I{0,3})\b(?<=[IVX]{2})")
"""Behind a name: World War II, Henry VIII."""
_ROMAN_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_CENTURY = re.compile(
    r"\b(siglo )?(?=[XVI])(X{0,3})(IX|IV|V?I{0,3})(?<=[XVI])(?:e|ème)?(?(1)\b|(?= (?:siècle|век|secolo)))"
)
"""Roman numbers that stand behind no name."""
_SIGNS = (
    ("€", " euro "),
    ("$", " dollar "),
    ("£", " pound "),
    ("¥", " yen "),
    ("₽", " рубль "),
    ("%", " percent "),
    ("٪", " percent "),
    ("+", " plus "),
    ("=", " equals "),
)
_CURRENCY_FIRST = re.compile(r"([€$£¥₽])\s?(\d[\d.,\u00a0]*\d|\d)(\s?(?:k|million|billion|trillion)\b)?")
_SPELLED = re.compile(r"(?:(?<![\w'])|(?<=\b[ld]')|(?<=ll'))(?:[^\W\d] ){2,}[^\W\d](?![\w'])")
_SCRIPT_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_HAN_NUMBER = re.compile(r"[〇零一二两三四五六七八九十百千万億亿\d]+(?:\.[〇零一二三四五六七八九\d]+[万億亿]?)?")
CURRENCIES = frozenset({"euro", "dollar", "pound", "yen", "рубль"})


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    kind: Kind
    forms: frozenset[str] = frozenset()
    """Ways to write a number that was said so: 10½ is 10.5 or 10:30."""
    optional: bool = False
    after: tuple[str, ...] = ()
    """Of a negation: the small words right before it, hesitations aside."""
    followed_by: tuple[str, ...] = ()
    """Of a negation: the small words right behind it."""


def folded(text: str) -> str:
    """Lower case without accents, which people and models set as they like."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'").replace("ʼ", "'").replace("ـ", ""))
    kept = (c for c in decomposed if unicodedata.category(c) != "Mn" or c in _MARKS_OF_KANA)
    return unicodedata.normalize("NFC", "".join(kept))


def read(text: str, language: Language, *, besides: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of a text, in order, those besides that are understood by themselves."""
    words = _words(text, language)
    words = _zeros(_clock(_halves(numbers(words, language))))
    tokens = _joined(_prices([word for word in words if word not in language.free and word not in besides]), language)
    around = iter(_small_words_around_negations(words, language))
    return [_within(token, *next(around)) if token.kind == "negation" else token for token in tokens]


def _within(negation: Token, after: tuple[str, ...], followed_by: tuple[str, ...]) -> Token:
    return replace(negation, after=after, followed_by=followed_by)


def _small_words_around_negations(
    words: list[str], language: Language
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    said = [word for word in words if word not in _HESITATIONS]
    for at, word in enumerate(said):
        if word in language.negations:
            before = takewhile(language.free.__contains__, reversed(said[:at]))
            yield tuple(before)[::-1], tuple(takewhile(language.free.__contains__, said[at + 1 :]))


def _words(text: str, language: Language) -> list[str]:
    plain = _symbols_spoken(text)
    for pattern, form in _rewrites(language):
        plain = pattern.sub(form, plain)
    if _SCRIPT_WITHOUT_SPACES.search(plain):
        plain = _spaced(plain, language)
    plain = _SPELLED.sub(_joined_letters, plain)
    return plain.replace("'", " ").split()


def _joined_letters(spelled: re.Match[str]) -> str:
    letters = spelled[0].split()
    stammered = len({*letters}) == 1 and letters[0] in _WORDS_OF_ONE_LETTER  # "I I I", not "w w w"
    return letters[0] if stammered else "".join(letters)


def _symbols_spoken(text: str) -> str:
    """Signs that change what is said become words; all others become spaces."""
    plain = _LISTED.sub(r" #\1 ", text.replace("½", ".5").replace("\u2212", "-").replace("º", "").replace("ª", ""))
    plain = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), unicodedata.normalize("NFKC", plain))
    plain = _CURRENCY_FIRST.sub(r"\2\3\1", plain)
    plain = _ROMAN.sub(lambda roman: f"{roman[1]}{10 * len(roman[2]) + _ROMAN_ONES.index(roman[3])}", plain)
    plain = _CENTURY.sub(lambda roman: f"{roman[1] or ''}{10 * len(roman[2]) + _ROMAN_ONES.index(roman[3])}", plain)
    for sign, word in _SIGNS:
        plain = plain.replace(sign, word)
    plain = folded(plain)
    plain = re.sub(r"\b([^\W\d])(?:-\1)+\b", r"\1", plain)  # "э-э"
    plain = re.sub(r"\bn(?:o|r|um)?\.\s?(?:o\s?)?(?=\d)", " ", plain)
    plain = _THOUSANDS.sub(lambda number: re.sub(r"\D", "", number[0]), plain)
    plain = re.sub(r"(?<![a-z\u0400-\u04ff\d_-])-(?=\d)", " minus ", plain)
    plain = re.sub(r"(?<=\d)[.,](?=\d)", ".", plain)
    plain = re.sub(r"(?<=\d)'(?=\d)", " foot ", plain)
    plain = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", plain)
    plain = _ORDINAL.sub("", plain)
    plain = re.sub(r"[^\w.#'½¼¾⟲]|_|(?<!\d)\.|\.(?!\d)|#(?!\d)", " ", plain)
    plain = re.sub(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])", " ", plain)
    return " " + re.sub(r"\s+", " ", plain).strip() + " "


@lru_cache(maxsize=32)
def _rewrites(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    spaceless = any(_SCRIPT_WITHOUT_SPACES.match(word) for word in language.free)
    edge = "" if spaceless else r"(?<![\w'])(?:{})(?![\w'])"
    pairs = [(re.compile(edge.format(p) if edge else p), form) for p, form in language.rewrites]
    taken_back = sorted((p for p in language.corrections if p not in language.negations), key=len, reverse=True)
    if taken_back:
        phrase = "|".join(map(re.escape, taken_back))
        pairs.append((re.compile(edge.format(phrase) if edge else phrase), f" {TAKEN_BACK} "))
    return tuple(pairs)


def _spaced(text: str, language: Language) -> str:
    """Languages that write no spaces are compared by characters, but numbers and negations stay whole."""
    values = language.numerals.values if language.numerals else {}
    text = re.sub(r"(?<=\d) (?=[十百千万億亿])|(?<=[万億亿]) (?=\d)", "", text)
    text = re.sub(r"(?<=星期|禮拜|礼拜)([一二三四五六])", r"\1 ", text)
    text = _HAN_NUMBER.sub(lambda number: f" {_han_value(number[0], values)} ", text)
    negations = sorted(language.negations, key=len, reverse=True)
    whole = "|".join([*map(re.escape, negations), r"[\u3040-\u30ff\u3400-\u9fff]"])
    return re.sub(whole, lambda found: f" {found[0]} ", text)


def _han_value(text: str, values: object) -> str:
    table = values if isinstance(values, dict) else {}
    whole, point, fraction = text.partition(".")
    if point and fraction[-1] in "万億亿":
        exact = Decimal(f"{_han_value(whole, values)}.{_han_value(fraction[:-1], values)}") * table.get(fraction[-1], 1)
        return str(int(exact)) if exact == int(exact) else f"{exact:f}"
    if point:
        return f"{_han_value(whole, values)}.{_han_value(fraction, values)}"
    if text.isdigit() and text.isascii():
        return text
    if not set(text) & set("十百千万億亿"):
        return "".join(str(table.get(c, c)) for c in text)
    total = section = digit = 0
    for c in text:
        value = int(c) if c.isascii() else table.get(c, 0)
        if value >= 10_000:
            total, section, digit = total + (section + digit or 1) * value, 0, 0
        elif value >= 10:
            section, digit = section + (digit or 1) * value, 0
        else:
            digit = digit * 10 + value
    return str(total + section + digit)


def _clock(words: list[str]) -> list[str]:
    """Times that name the hour to come: "quarter to six" is 5:45, "halb drei" is 2:30."""
    out: list[str] = []
    for at, word in enumerate(words):
        before = [w for w in (*words[max(at - 3, 0) : at],) if w != "a"][-2:]
        size, time = _time(out, before, word) if out and word in _HOURS else (0, [])
        out[len(out) - size :] = time or [word]
    return out


def _time(out: list[str], before: list[str], word: str) -> tuple[int, list[str]]:
    """How many words in `out` are of the time that `word` ends, and the time; none if it ends none."""
    hour, to_come = int(word), str((int(word) - 1) or 12)
    if before[-1:] in (["halb"], ["половина"], ["половине"]):
        return 1, [f"{hour - 1}½"]
    if before == ["half", "past"]:
        return 2, [f"{hour}½"]
    if before[-1:] == ["четверть"]:
        return 1, [to_come, "15"]
    if before in (["quarter", "past"], ["viertel", "nach"]):
        return 2, [word, "15"]
    if before in (["quarter", "to"], ["viertel", "vor"]):
        return 2, [to_come, "45"]
    return _minutes(out[-2:], word, to_come)


def _minutes(before: list[str], word: str, to_come: str) -> tuple[int, list[str]]:
    """ "Ten past seven", "twenty to nine", "las siete menos diez"; but "five to ten" is between two numbers."""
    if len(before) < 2:
        return 0, []
    number, how = before
    if how == "minus" and number in _HOURS and word in _MINUTES:
        return 2, [str((int(number) - 1) or 12), str(60 - int(word))]
    if how in {"past", "nach"} and number in _MINUTES:
        return 2, [word, number]
    if how in {"to", "vor"} and number in _MINUTES and int(word) < int(number):
        return 2, [to_come, str(60 - int(number))]
    return 0, []


def _halves(words: list[str]) -> list[str]:
    """ "Two kilos and a half": the half belongs to the number before the unit."""
    out: list[str] = []
    for word in words:
        behind_a_unit = word == "½" and len(out) > 1 and not out[-1][0].isdigit() and out[-2].isdigit()
        out.insert(len(out) - behind_a_unit, word)
    return out


def _zeros(words: list[str]) -> list[str]:
    """ "seven oh five": a letter among digits."""
    around = ["", *words, ""]
    return [
        "0" if word in {"oh", "o"} and (before[:1].isdigit() or after[:1].isdigit()) else word
        for before, word, after in zip(around, words, around[2:], strict=False)
    ]


def _prices(words: list[str]) -> list[str]:
    """ "nine euros ninety-nine" is 9.99 euros."""
    out: list[str] = []
    for word in words:
        if re.fullmatch(r"\d\d", word) and len(out) > 1 and out[-1] in CURRENCIES and out[-2].isdigit():
            out[-2:] = [f"{out[-2]}.{word}", out[-1]]
        else:
            out.append(word)
    return out


def _joined(words: list[str], language: Language) -> list[Token]:
    """Tokens of words; numbers in a row are one ("seven oh five", "7:05")."""
    tokens: list[Token] = []
    run: list[str] = []
    for word in _dates_in_one_order(words, language):
        if run and re.search(r"\.\d|[½¼¾]$", run[-1]) and word[0].isdigit():  # no more follows after a fraction
            tokens.append(_number(run))
            run = []
        if _part_of_number(word, run):
            run.append(_part_of_number(word, run))
            continue
        if run:
            tokens.append(_number(run))
            run = []
        tokens.append(_token(word, language))
    return [*tokens, _number(run)] if run else tokens


def _part_of_number(word: str, run: list[str]) -> str:
    if word[0].isdigit():
        return word
    return word if word in _PARTS_OF_HOURS and run else ""


def _number(parts: list[str]) -> Token:
    text = "".join(parts)
    forms = {text, ".".join(parts), f"{text}00"}
    whole, part = text[:-1], text[-1:]
    if part in _PARTS_OF_HOURS:
        forms = {whole + form for form in _PARTS_OF_HOURS[part]}
    if part == "¾" and whole.isdigit():
        forms = {f"{int(whole) - 1}45"}
    return Token(text, "number", frozenset(forms), optional=text == "1")


def _token(word: str, language: Language) -> Token:
    if word.startswith("#"):
        return Token(word[1:], "number", frozenset({word[1:]}), optional=True)
    if word == TAKEN_BACK:
        return Token(word, "taken_back", optional=True)
    return Token(word, "negation" if word in language.negations else "word")


def _dates_in_one_order(words: list[str], language: Language) -> list[str]:
    """ "the third of May" and "May 3" say the same."""
    months = language.calendar[1] if len(language.calendar) > 1 else frozenset()
    out: list[str] = []
    for word in words:
        if word in months and out and re.fullmatch(r"\d{1,2}", out[-1]) and int(out[-1]) <= 31:
            out.insert(len(out) - 1, word)
        else:
            out.append(word)
    return out
