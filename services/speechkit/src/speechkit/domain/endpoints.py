"""Chat endpoints: what a tenant says of one, and what is shown of it; its key is never among that.

How endpoints are spoken to is the matter of the post-processing service.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Provider(StrEnum):
    """Whose manner of paths and of lists of models an endpoint has."""

    CUSTOM = "custom"
    LMSTUDIO = "lmstudio"
    OLLAMA = "ollama"
    OPENROUTER = "openrouter"
    TOGETHER = "together"
    GROQ = "groq"


@dataclass(frozen=True, kw_only=True)
class EndpointDraft:
    """An endpoint as it is to be saved, or tested without being saved."""

    name: str
    provider: Provider = Provider.CUSTOM
    base_url: str = ""
    """Empty: the provider's."""
    verbatim_url: bool = False
    """Take the URL as it is, and append no path."""
    model: str = ""
    api_key: str = ""
    """Empty: none is sent."""
    context_tokens: int = 0
    """How many tokens the model reads and writes together, at most; 0: what the server says, or else 4096."""

    def __repr__(self) -> str:
        """Without the key, which may come with a draft into a traceback."""
        return f"EndpointDraft(name={self.name!r}, provider={self.provider.value!r})"


@dataclass(frozen=True, kw_only=True)
class EndpointTest:
    """What became of a test."""

    passed: bool
    reply: str = ""
    error: str = ""
    """Why it did not pass, and what to do about it."""
    tested_at: datetime


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A saved endpoint, as it is shown."""

    id: str
    name: str
    provider: Provider
    base_url: str
    verbatim_url: bool
    model: str
    context_tokens: int
    has_api_key: bool
    chat_url: str
    """Where transcripts are posted to."""
    is_default: bool
    """Whether modes that name no endpoint use this one."""
    last_test: EndpointTest | None
    """None until it was tested, and after its URL has changed."""
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class KeptEndpoint:
    """A saved endpoint, as it is stored."""

    id: str
    tenant: str
    name: str
    provider: Provider
    base_url: str
    verbatim_url: bool = False
    model: str = ""
    context_tokens: int = 0
    sealed_key: bytes | None = field(default=None, repr=False)
    is_default: bool = False
    last_test: EndpointTest | None = None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class EndpointChanges:
    """None: it stays as it is."""

    name: str | None = None
    provider: Provider | None = None
    base_url: str | None = None
    verbatim_url: bool | None = None
    model: str | None = None
    api_key: str | None = None
    """Empty: the key is removed."""
    context_tokens: int | None = None
    is_default: bool | None = None

    def __repr__(self) -> str:
        """Without the key, as that of a draft."""
        return f"EndpointChanges(name={self.name!r})"


@dataclass(frozen=True, kw_only=True)
class ListedModels:
    models: tuple[str, ...]
    error: str = ""
    """Why there is none; empty otherwise."""


def key_name(endpoint_id: str) -> str:
    """What an endpoint's sealed key is about: under another id it can't be unsealed."""
    return f"key of endpoint {endpoint_id}"
