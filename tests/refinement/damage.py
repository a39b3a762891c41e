"""Does damage to faithful clean-ups by rule, so that what is missed is counted over hundreds of answers more."""

import re
from collections.abc import Callable, Iterator, Sequence

from tests.refinement.sets import Answer

_NEGATION = {
    "en": r"\b(?:not|never|no|nobody|none|nor|neither|cannot)\b(?!\. ?\d)|n't\b",
    "de": r"\b(?:nicht|nie|niemand|keine?[mnrs]?)\b",
    "es": r"\b(?:no|nunca|nadie|ni|nada)\b",
    "fr": r"\b(?:pas|jamais|personne|rien|ni|non)\b",
    "it": r"\b(?:non|no|mai|nessuno|né|neanche)\b",
    "ru": r"\b(?:не|нет|никто|никому|ни|никогда)\b",
    "ja": r"(?<=し)ません|(?<=き)ません",
    "zh": r"不|没有|没",
    "ar": r"\b(?:لا|لم|لن)\b",
}
_ADDED = {
    "en": "The customer will be informed tomorrow.",
    "de": "Der Kunde wird morgen informiert.",
    "es": "El cliente será informado mañana.",
    "fr": "Le client sera informé demain.",
    "it": "Il cliente sarà informato domani.",
    "ru": "Клиент будет извещён завтра.",
    "ja": "お客様には明日連絡します。",
    "zh": "明天会通知客户。",
    "ar": "سيتم إبلاغ العميل غدا.",
}
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")
_NAME = re.compile(r"(?<=[a-zà-ÿа-я,] )[A-ZÀ-ÝА-Я][a-zà-ÿа-я]{3,}")


def derived(answers: Sequence[Answer]) -> list[Answer]:
    """Each faithful answer with one sentence less, one more, a number or a name changed, a negation gone, cut short."""
    return [
        Answer(answer.language, answer.raw, text, how)
        for answer in answers
        for how, damage in _DAMAGES.items()
        for text in damage(answer)
        if text.strip() != answer.text.strip()
    ]


def _sentence_dropped(answer: Answer) -> Iterator[str]:
    sentences = _SENTENCE.split(answer.text)
    for at in range(len(sentences) if len(sentences) > 1 else 0):
        if len(sentences[at].split()) > 3:
            yield " ".join(sentences[:at] + sentences[at + 1 :])


def _sentence_added(answer: Answer) -> Iterator[str]:
    yield f"{answer.text} {_ADDED[answer.language]}"
    yield f"{_ADDED[answer.language]} {answer.text}"


def _number_changed(answer: Answer) -> Iterator[str]:
    for number in re.finditer(r"\d+", answer.text):
        changed = str(int(number[0]) + 3)
        if not re.match(r"[.)] ", answer.text[number.end() :]):  # the numeral of a list says nothing
            yield answer.text[: number.start()] + changed + answer.text[number.end() :]


def _negation_gone(answer: Answer) -> Iterator[str]:
    for word in re.finditer(_NEGATION[answer.language], answer.text, re.IGNORECASE):
        yield answer.text[: word.start()] + answer.text[word.end() :]


def _name_swapped(answer: Answer) -> Iterator[str]:
    for name in _NAME.finditer(answer.text):
        other = "Федотова" if answer.language == "ru" else "Wolfram"
        yield answer.text[: name.start()] + other + answer.text[name.end() :]


def _cut_short(answer: Answer) -> Iterator[str]:
    words = answer.text.split()
    if len(words) >= 8:
        yield " ".join(words[: len(words) * 2 // 3])


_DAMAGES: dict[str, Callable[[Answer], Iterator[str]]] = {
    "sentence dropped": _sentence_dropped,
    "sentence added": _sentence_added,
    "number changed": _number_changed,
    "negation gone": _negation_gone,
    "name swapped": _name_swapped,
    "cut short": _cut_short,
}
