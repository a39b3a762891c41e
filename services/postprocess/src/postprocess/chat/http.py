"""HTTP to endpoints: https to any public address, anything else only to addresses that the operator has listed.

How addresses are held to that is the matter of the GuardedHttp port.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from postprocess.chat.failures import ChatFailed, Trouble
from speechkit.domain.addresses import AddressPolicy, check_url
from speechkit.domain.errors import InvalidRequest
from speechkit.ports import GuardedHttp, HttpFailure, HttpReply, HttpTrouble

MOST_ANSWER_BYTES = 8 * 1024 * 1024
"""A stream spends some 300 bytes on each token; the longest answers have ten thousand of them."""

_TROUBLES = {
    HttpTrouble.NOT_REACHED: (Trouble.UNAVAILABLE, True),
    HttpTrouble.UNTRUSTED: (Trouble.UNAVAILABLE, False),
    HttpTrouble.TOO_SLOW: (Trouble.TIMEOUT, False),
    HttpTrouble.BROKEN_OFF: (Trouble.UNAVAILABLE, True),
    HttpTrouble.TOO_LARGE: (Trouble.WRONG, False),
}


@dataclass(frozen=True, kw_only=True)
class EndpointAddresses:
    """Who may be asked: over https, and in the clear."""

    https: AddressPolicy
    http: AddressPolicy

    @classmethod
    def listed(cls, private: tuple[str, ...]) -> "EndpointAddresses":
        return cls(
            https=AddressPolicy.listed(private=private), http=AddressPolicy.listed(private=private, public=False)
        )

    def check(self, url: str, *, param: str) -> None:
        """What can be told from the words alone; raises InvalidRequest."""
        try:
            check_url(url, policy=self.https if _is_https(url) else self.http, param=param)
        except InvalidRequest as refused:
            if _is_https(url) or "none that this server" not in refused.message:
                raise
            raise InvalidRequest(
                f"{param} must begin with https://. Only hosts that the server's administrator lists may be asked "
                "without it.",
                param=param,
            ) from None


@dataclass(frozen=True, kw_only=True)
class EndpointHttp:
    https: GuardedHttp
    http: GuardedHttp

    @asynccontextmanager
    async def asked(
        self, method: str, url: str, *, api_key: str, body: Mapping[str, Any] | None = None, total_seconds: float
    ) -> AsyncIterator[HttpReply]:
        """The answer while it arrives; raises ChatFailed, also when it breaks off later."""
        client = self.https if _is_https(url) else self.http
        sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with client.exchange(
                method,
                url,
                headers=_headers(api_key, has_body=body is not None),
                body=sent,
                most_bytes=MOST_ANSWER_BYTES,
                total_seconds=total_seconds,
            ) as reply:
                yield reply
        except HttpFailure as failure:
            trouble, may_pass = _TROUBLES[failure.trouble]
            raise ChatFailed(trouble, _worded(failure.message), may_pass=may_pass) from None
        except InvalidRequest as refused:
            raise ChatFailed(Trouble.UNAVAILABLE, _worded(refused.message)) from None


def _headers(api_key: str, *, has_body: bool) -> dict[str, str]:
    headers = {"content-type": "application/json"} if has_body else {}
    return headers | ({"authorization": f"Bearer {api_key}"} if api_key else {})


def _is_https(url: str) -> bool:
    return url[:8].lower() == "https://"


def _worded(message: str) -> str:
    return message.replace(" of url", " of the endpoint").replace("url ", "The endpoint's URL ")
