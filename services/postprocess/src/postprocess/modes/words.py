"""What a tenant writes of a mode, held to what can be kept and used."""

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from speechkit.domain.errors import InvalidRequest, UnknownLanguage
from speechkit.domain.languages import LANGUAGE_NAMES
from speechkit.domain.modes import Mode, ModeChanges, ModeLimits
from speechkit.ports import ModeWords

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MOST_INSTRUCTION_CHARACTERS = 8_000
MOST_DESCRIPTION_CHARACTERS = 500
MOST_KEYWORDS = 200
MOST_KEYWORD_CHARACTERS = 100
MOST_ANSWER_TOKENS = 200_000

_WORDS = tuple(ModeChanges.__dataclass_fields__)


def words_of(mode: Mode) -> ModeWords:
    """All that a tenant may say of a mode, as a row keeps it."""
    return _plain({name: getattr(mode, name) for name in _WORDS})


def changed_words(changes: ModeChanges) -> ModeWords:
    return _plain({name: value for name, value in asdict(changes).items() if value is not None})


def with_words(mode: Mode, words: ModeWords) -> Mode:
    said: dict[str, Any] = {name: value for name, value in words.items() if name in _WORDS}
    if "limits" in said:
        said["limits"] = ModeLimits(said["limits"])
    if "keywords" in said:
        said["keywords"] = tuple(said["keywords"])
    return replace(mode, **said)


def check_mode(mode: Mode) -> None:
    """Raises InvalidRequest."""
    if not NAME.fullmatch(mode.name):
        raise InvalidRequest(
            "name must be at most 64 of a-z, 0-9, - and _, and begin with a letter or a digit.", param="name"
        )
    if not mode.instructions.strip():
        raise InvalidRequest("instructions are missing: say what the model is to do.", param="instructions")
    for param, text, most in (
        ("instructions", mode.instructions, MOST_INSTRUCTION_CHARACTERS),
        ("description", mode.description, MOST_DESCRIPTION_CHARACTERS),
    ):
        if len(text) > most:
            raise InvalidRequest(f"{param} must be at most {most} characters.", param=param)
    if not 0.0 <= mode.temperature <= 2.0:
        raise InvalidRequest("temperature must be a number from 0 to 2.", param="temperature")
    if not 0 <= mode.max_tokens <= MOST_ANSWER_TOKENS:
        raise InvalidRequest(f"max_tokens must be 0, or at most {MOST_ANSWER_TOKENS}.", param="max_tokens")
    check_keywords(mode.keywords)
    check_language(mode.target_language, param="target_language")


def check_keywords(keywords: tuple[str, ...]) -> None:
    if len(keywords) > MOST_KEYWORDS or any(not 0 < len(word) <= MOST_KEYWORD_CHARACTERS for word in keywords):
        raise InvalidRequest(
            f"keywords must be at most {MOST_KEYWORDS} words of at most {MOST_KEYWORD_CHARACTERS} characters.",
            param="keywords",
        )


def check_language(language: str, *, param: str) -> None:
    if language and language not in LANGUAGE_NAMES:
        raise UnknownLanguage(f"{param} must be an ISO 639-1 code, such as 'en'.", param=param)


def _plain(words: Mapping[str, Any]) -> ModeWords:
    """As JSON can hold it."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in words.items()}
