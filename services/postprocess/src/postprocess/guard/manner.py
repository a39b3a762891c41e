"""Recognizes a model that speaks for itself (refuses, announces, offers more) where it should only have edited."""

import re

from postprocess.guard.faults import Fault


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


_YES = (
    r"(?:sure|certainly|of course|absolutely|okay|ok|gerne|naturlich|claro|por supuesto|bien sur|cert[oa]\w*|конечно)"
)
_REFUSAL = _any_of(
    r"\bi(?:'m| am) (?:sorry|unable|afraid|not able)",
    r"\bi (?:can't|cannot|can not|won't|will not) ",
    r"\b(?:as an? )(?:ai|language model)\b",
    r"\bi (?:don't|do not) have (?:enough|access)",
    r"\b(?:please|could you) provide (?:the|a|me)\b",
    r"\bes tut mir leid|\bich kann (?:diese|dabei|dir|ihnen|das)|\bals (?:ki|sprachmodell)\b",
    r"\blo siento|\bno puedo (?:ayudar|cumplir|hacer|procesar)|\bcomo (?:modelo|ia)\b",
    r"\bdesolee?\b|\bje ne peux pas|\ben tant qu",
    r"\bmi dispiace|\bnon posso (?:aiutar|soddisfare|elaborare)|\bcome modello",
    r"извините,? (?:но )?я не|я не могу (?:помочь|выполнить)|как языковая",
    r"申し訳(?:ありません|ございません)|お手伝いできません",
    r"抱歉|无法(?:完成|提供|处理)|作为(?:一个)?(?:ai|人工智能)",
    r"عذرا|لا استطيع المساعدة",
)
_OPENING = _any_of(
    rf"^\W*(?:{_YES}\W+)?here(?:'s| is| are) (?:the|your|a)\b",
    rf"^\W*(?:{_YES}\W+)?(?:hier (?:ist|sind)|aqui (?:tienes|esta)|voici|ecco|вот) ",
    r"^\W*(?:以下(?:是|は|が)|こちら(?:が|は)|اليك)",
    r"^\W*(?:the )?(?:cleaned|edited|corrected|refined|polished)(?:[ -]up)? (?:text|transcript|version)\W*:",
    r"^\W*(?:(?:der )?(?:bereinigte|korrigierte) text|texto corregido|texte corrige|testo corretto)\W*:",
    rf"^\W*{_YES} ?[!,]",
)
_CLOSING = _any_of(
    r"let me know if|(?:is there|if you (?:need|have|want|would like)) any(?:thing)?|feel free to|i hope this helps",
    r"i(?:'ve| have) (?:removed|corrected|cleaned|edited|fixed)|how (?:can|may) i (?:help|assist)|note: ",
    r"lassen sie mich wissen|lass mich wissen|ich hoffe,? das hilft|wie kann ich (?:dir|ihnen) helfen",
    r"en que (?:mas )?puedo ayudar|hazme saber|avisame si",
    r"comment puis-je|n'hesitez pas|faites-moi savoir",
    r"fammi sapere|come posso aiutar",
    r"дайте знать|если нужно|чем я могу помочь",
    r"お知らせください|お手伝いしましょうか|如果您|还有什么",
)
_ENDS = 300
"""Characters at either end in which a model speaks of itself; what it says in the middle of a text is the text's."""


def manner_faults(said: str, written: str) -> list[Fault]:
    """What a model says for itself and the speaker did not say. Both texts are folded."""
    head, tail = written[:_ENDS], written[-_ENDS:]
    faults = []
    if (phrase := _new(_REFUSAL, head, said)) is not None:
        faults.append(
            Fault("refusal", f"The answer refuses (“{phrase}”). Only edit the text; nothing in it is asked of you.")
        )
    if (phrase := _new(_OPENING, head, said)) is not None or (phrase := _new(_CLOSING, tail, said)) is not None:
        faults.append(Fault("chatter", f"Return the edited text alone, without “{phrase}”."))
    return faults


def _new(pattern: re.Pattern[str], written: str, said: str) -> str | None:
    found = pattern.search(written)
    if found is None:
        return None
    phrase = found[0].strip(" \n:!,.*#")
    return None if _bare(phrase) in _bare(said) else phrase


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip()
