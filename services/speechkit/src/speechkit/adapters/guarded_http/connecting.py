"""Connections to addresses that a policy admits, and to no others: what a name means is asked once, and used as asked.

A second look-up by somebody else between the check and the connection would be the way around it.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address

import httpcore
import structlog

from speechkit.domain.addresses import AddressPolicy

log = structlog.get_logger(__name__)

FIRST_ADDRESSES_SECONDS = 1.0
"""For each address of a host but the last, which may take what time there is left."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a host; raises OSError or UnicodeError where it has none."""


class NotReached(httpcore.ConnectError):
    """Nothing answered there, or nothing may be asked there: whoever named the address must not learn which."""


async def system_resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, policy: AddressPolicy, *, resolve: Resolve = system_resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._admitted(host, port)
                return await self._first_that_answers(addresses, port, socket_options)
        except TimeoutError:
            raise NotReached from None

    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        raise NotReached

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _admitted(self, host: str, port: int) -> Sequence[str]:
        """One address that is not admitted spoils them all: an honest name has no such."""
        if not self._policy.admits_host(host, port=port):
            raise NotReached
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise NotReached from None
        if not all(self._policy.admits(ip_address(address), host=host, port=port) for address in addresses):
            log.warning("address_refused", host=host, port=port, addresses=list(addresses))
            raise NotReached
        return addresses

    async def _first_that_answers(
        self, addresses: Sequence[str], port: int, socket_options: Iterable[httpcore.SOCKET_OPTION] | None
    ) -> httpcore.AsyncNetworkStream:
        for number, address in enumerate(addresses):
            try:
                timeout = None if number == len(addresses) - 1 else FIRST_ADDRESSES_SECONDS
                return await self._network.connect_tcp(address, port, timeout=timeout, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise NotReached
