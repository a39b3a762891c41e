"""What a tenant writes of an endpoint, held to what can be kept and asked."""

from dataclasses import dataclass

from postprocess.chat.client import Target
from postprocess.chat.contexts import LEAST_TOKENS, MOST_TOKENS
from postprocess.chat.http import EndpointAddresses
from postprocess.chat.urls import BASE_URLS, chat_url
from speechkit.domain.endpoints import EndpointDraft, KeptEndpoint
from speechkit.domain.errors import InvalidRequest

MOST_NAME_CHARACTERS = 100
MOST_MODEL_CHARACTERS = 200
MOST_KEY_CHARACTERS = 4_096


@dataclass(frozen=True, kw_only=True)
class DraftRules:
    addresses: EndpointAddresses

    def checked(self, draft: EndpointDraft, *, to_be_saved: bool = True) -> EndpointDraft:
        """With what was left to the provider filled in; raises InvalidRequest."""
        base_url = draft.base_url.strip() or BASE_URLS.get(draft.provider, "")
        checked = EndpointDraft(
            name=_text(draft.name, "name", MOST_NAME_CHARACTERS, needed=to_be_saved),
            provider=draft.provider,
            base_url=base_url,
            verbatim_url=draft.verbatim_url,
            model=_text(draft.model, "model", MOST_MODEL_CHARACTERS, needed=to_be_saved),
            api_key=checked_key(draft.api_key),
            context_tokens=_context(draft.context_tokens),
        )
        if not base_url:
            raise InvalidRequest("base_url is missing: an endpoint of this provider needs one.", param="base_url")
        if "#" in base_url:
            raise InvalidRequest(
                "base_url must not have a #; a server is never told what follows it.", param="base_url"
            )
        self.addresses.check(base_url, param="base_url")
        return checked


def checked_key(key: str) -> str:
    """As it can stand in a header."""
    key = key.strip()
    if len(key) > MOST_KEY_CHARACTERS or not (key.isascii() and key.isprintable()) or " " in key:
        raise InvalidRequest(
            f"api_key must be at most {MOST_KEY_CHARACTERS} printable characters without spaces.", param="api_key"
        )
    return key


def target_of(endpoint: KeptEndpoint | EndpointDraft, *, api_key: str) -> Target:
    return Target(
        endpoint_id=endpoint.id if isinstance(endpoint, KeptEndpoint) else "",
        provider=endpoint.provider,
        base_url=endpoint.base_url,
        verbatim_url=endpoint.verbatim_url,
        chat_url=chat_url_of(endpoint),
        model=endpoint.model,
        context_tokens=endpoint.context_tokens,
        api_key=api_key,
    )


def chat_url_of(endpoint: KeptEndpoint | EndpointDraft) -> str:
    return chat_url(endpoint.provider, endpoint.base_url, verbatim=endpoint.verbatim_url)


def _text(text: str, param: str, most: int, *, needed: bool) -> str:
    text = text.strip()
    if needed and not text:
        raise InvalidRequest(f"{param} is missing.", param=param)
    if len(text) > most or not text.isprintable():
        raise InvalidRequest(f"{param} must be at most {most} printable characters.", param=param)
    return text


def _context(tokens: int) -> int:
    if tokens and not LEAST_TOKENS <= tokens <= MOST_TOKENS:
        raise InvalidRequest(
            f"context_tokens must be 0, or a whole number from {LEAST_TOKENS} to {MOST_TOKENS}.",
            param="context_tokens",
        )
    return tokens
