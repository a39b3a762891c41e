"""Where an endpoint is asked: known servers' URLs, and the paths that are appended to what a tenant wrote.

Whether an address may be asked at all is told by the address policy.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from speechkit.domain.endpoints import Provider

BASE_URLS: Mapping[Provider, str] = {
    Provider.LMSTUDIO: "http://localhost:1234/v1",
    Provider.OLLAMA: "http://localhost:11434",
    Provider.OPENROUTER: "https://openrouter.ai/api/v1",
    Provider.TOGETHER: "https://api.together.xyz/v1",
    Provider.GROQ: "https://api.groq.com/openai/v1",
}

CHAT_PATH = "/chat/completions"


def chat_url(provider: Provider, base_url: str, *, verbatim: bool = False) -> str:
    if verbatim:
        return base_url
    return _with_path(base_url, _api_path(provider, base_url) + CHAT_PATH)


def models_url(provider: Provider, base_url: str, *, verbatim: bool = False) -> str | None:
    """None where a URL was to be taken as it is, and does not say what else is there."""
    if verbatim and not _path(base_url).endswith(CHAT_PATH):
        return None
    return _with_path(base_url, _api_path(provider, base_url) + "/models")


def server_url(provider: Provider, base_url: str, path: str) -> str:
    """Beside the OpenAI-compatible API, where the server has an API of its own."""
    return _with_path(base_url, _api_path(provider, base_url).removesuffix("/v1") + path)


def _api_path(provider: Provider, base_url: str) -> str:
    """Of the API; what of its usual paths a tenant has written already is not appended again."""
    path = _path(base_url).removesuffix(CHAT_PATH)
    return path if provider is not Provider.OLLAMA or path.endswith("/v1") else f"{path}/v1"


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")


def _with_path(url: str, path: str) -> str:
    """Its query stays: some servers are told their version in it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
