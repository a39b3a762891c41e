"""Reads the file that says which models are served, and under which names: TOML, checked whole at start.

    [[models]]
    name = "support-calls"            # what clients ask for
    triton_model = "whisper-large-v3" # what recognizes; `name` when left out
    aliases = ["whisper-1"]
    language = "de"                   # what a request that does not say is taken to ask for
    prompt = "Guten Tag"
    keywords = ["Earshot"]
    temperature = 0.2
    mode = "clean-up"                 # that transcripts are refined by

What a served model is stands in `served`.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.models.served import Defaults, ServedModel, ServedModels
from speechkit.domain.errors import EarshotError
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.refined import ModeChoice

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]


class RegisteredModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Name
    triton_model: Name | None = None
    aliases: list[Name] = []
    language: str = ""
    prompt: str = ""
    keywords: list[str] = []
    temperature: Annotated[float, Field(ge=0, le=1)] = 0.0
    mode: str = ""

    def served(self) -> list[ServedModel]:
        """Raises EarshotError where a default is nothing that a request could ask for."""
        triton_model = self.triton_model or self.name
        TranscriptionOptions(
            model=triton_model, language=self.language, prompt=self.prompt, hotwords=", ".join(self.keywords)
        )
        if self.mode:
            ModeChoice(name=self.mode)
        defaults = Defaults(
            language=self.language,
            prompt=self.prompt,
            keywords=tuple(self.keywords),
            temperature=self.temperature,
            mode=self.mode,
        )
        return [
            ServedModel(id=name, triton_model=triton_model, defaults=defaults) for name in (self.name, *self.aliases)
        ]


class Registry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    models: Annotated[list[RegisteredModel], Field(min_length=1)]


def read_registry(path: Path) -> ServedModels:
    """Raises ValueError with one line that says where the file is wrong."""
    try:
        registry = Registry.model_validate(_read(path))
        served = [served for model in registry.models for served in model.served()]
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise ValueError(f"{place or 'file'}: {problem['msg']}") from None
    except EarshotError as error:
        raise ValueError(error.message) from None
    twice = [name for name, count in Counter(model.id for model in served).items() if count > 1]
    if twice:
        raise ValueError(f"'{twice[0]}' is the name of two models; a name or alias may stand there once")
    return ServedModels(tuple(served))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not TOML: {error}") from None
