"""The names under which models are served: each is a Triton model and what a request leaves unsaid.

Which names there are may stand in a file, which `registry_file` reads; whether a model is loaded is the recognizer's
matter.
"""

from dataclasses import dataclass, replace
from typing import Self

from speechkit.domain.errors import ModelNotFound

OPENAI_ALIASES = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe-diarize",
)
"""Programs written for api.openai.com have one of these names in their source code."""

FORMAL, CONVERSATIONAL = "model-01052025", "model-23012026"
"""Programs written for the HiSpeech API have one of these. Both are the same model until a file says otherwise: a
prompt full of hesitation, meant to have Whisper write exactly what it hears, had it write what nobody had said."""

ALIASES = (*OPENAI_ALIASES, FORMAL, CONVERSATIONAL)

MAX_QUOTED_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a request that does not say otherwise is taken to ask for."""

    language: str = ""
    prompt: str = ""
    keywords: tuple[str, ...] = ()
    temperature: float = 0.0
    mode: str = ""
    """That transcripts are refined by; empty: none."""


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    id: str
    triton_model: str
    defaults: Defaults = Defaults()


@dataclass(frozen=True)
class ServedModels:
    registered: tuple[ServedModel, ...]
    only: tuple[str, ...] = ()
    """Names that are open, if not all: of one alias, or of a model and so of all its aliases."""

    @classmethod
    def of(cls, triton_model: str, *, aliases: tuple[str, ...] = ALIASES) -> Self:
        """One model under its own name and under others."""
        names = dict.fromkeys((triton_model, *aliases))
        return cls(tuple(ServedModel(id=name, triton_model=triton_model) for name in names))

    def open_to(self, names: tuple[str, ...]) -> "ServedModels":
        """What is left for a caller who may use these names; empty means all."""
        return replace(self, only=names)

    @property
    def all(self) -> tuple[ServedModel, ...]:
        if not self.only:
            return self.registered
        return tuple(model for model in self.registered if model.id in self.only or model.triton_model in self.only)

    @property
    def triton_models(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(model.triton_model for model in self.registered))

    def find(self, name: str) -> ServedModel | None:
        return next((model for model in self.all if model.id == name), None)

    def resolve(self, name: str) -> ServedModel:
        """Raises ModelNotFound in the words that OpenAI uses when an endpoint is given an unknown model."""
        if model := self.find(name):
            return model
        raise ModelNotFound(
            f"The model `{name[:MAX_QUOTED_CHARACTERS]}` does not exist or you do not have access to it. "
            "GET /v1/models lists the models that do."
        )

    def resolve_or(self, name: str, *, default: str) -> ServedModel:
        """Where none is named, the default, or the first where that one is not open to the caller."""
        if name or not self.all:
            return self.resolve(name or default)
        return self.find(default) or self.all[0]
