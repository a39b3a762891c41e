"""The names under which models are served: the Triton model itself, and OpenAI's names as aliases of it.

Whether the model is loaded is the recognizer's matter.
"""

import time
from dataclasses import dataclass, field, replace

from speechkit.domain.errors import ModelNotFound

OPENAI_ALIASES = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe")
"""Programs written for api.openai.com have one of these names in their source code."""

MAX_QUOTED_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    id: str
    triton_model: str


@dataclass(frozen=True)
class ServedModels:
    triton_model: str
    aliases: tuple[str, ...] = OPENAI_ALIASES
    created_unix_seconds: int = field(default_factory=lambda: int(time.time()))
    """When this server began to serve them: nothing truer is known of weights."""

    only: tuple[str, ...] = ()
    """Names that are open, if not all: of one alias, or of a model and so of all its aliases."""

    def open_to(self, names: tuple[str, ...]) -> "ServedModels":
        """What is left for a caller who may use these names; empty means all."""
        return replace(self, only=names)

    @property
    def all(self) -> tuple[ServedModel, ...]:
        names = dict.fromkeys((self.triton_model, *self.aliases))
        return tuple(
            ServedModel(id=name, triton_model=self.triton_model)
            for name in names
            if not self.only or name in self.only or self.triton_model in self.only
        )

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
