"""Which addresses that users name may be spoken to: job URLs, webhooks, endpoints.

Pure: names are looked up, and connections made, by the GuardedHttp port, which asks here about every one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit

from speechkit.domain.errors import InvalidRequest

MAX_URL_CHARACTERS = 2048

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PATTERN = re.compile(r"(?P<name>\*|(\*\.)?[a-z0-9_-][a-z0-9._-]*|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")

# Lists of our own rather than `is_global`, which means another thing in each release of Python.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, which answers every virtual machine
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
# Among them what carries an IPv4 address along: Teredo in 2001::/23, 6to4 in 2002::/16.
_NOT_PUBLIC_6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")

_NEVER_BY_NAME = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "224.0.0.0/3",
        "::/128",
        "fd00:ec2::/32",
        "fe80::/10",
        "ff00::/8",
    )
)
"""Metadata services, and what is nobody's address: a name that is trusted may come to mean them one day."""


@dataclass(frozen=True)
class HostPattern:
    """`example.com`, `*.example.com`, `*`, each on any port or, with `:8443`, on one."""

    name: str
    port: int | None = None

    def matches(self, host: str, port: int) -> bool:
        host = host.lower().rstrip(".")
        if self.port not in (None, port):
            return False
        if self.name.startswith("*"):
            return host.endswith(self.name[1:]) and len(host) > len(self.name) - 1
        return host == self.name


ANY_HOST = HostPattern("*")


@dataclass(frozen=True, kw_only=True)
class AddressPolicy:
    """Public addresses under these names, and of the others those that an administrator has listed."""

    hosts: tuple[HostPattern, ...] = (ANY_HOST,)
    private_hosts: tuple[HostPattern, ...] = ()
    private_networks: tuple[Network, ...] = ()
    public: bool = True
    """Whether public addresses are among them at all."""

    @classmethod
    def listed(cls, *, hosts: Iterable[str] = ("*",), private: Iterable[str] = (), public: bool = True) -> Self:
        """As settings write them; raises ValueError for what is neither a host nor a network."""
        listed = [_network_or_pattern(text) for text in private]
        return cls(
            hosts=tuple(_pattern(text) for text in hosts),
            private_hosts=tuple(each for each in listed if isinstance(each, HostPattern)),
            private_networks=tuple(each for each in listed if not isinstance(each, HostPattern)),
            public=public,
        )

    def admits_host(self, host: str, *, port: int) -> bool:
        return any(pattern.matches(host, port) for pattern in self.hosts)

    def admits(self, address: Address, *, host: str, port: int) -> bool:
        """Whether this very address may be connected to, which the host's name has turned out to mean."""
        address = _unwrapped(address)
        if not self.admits_host(host, port=port):
            return False
        if (self.public and is_public(address)) or _within(address, self.private_networks):
            return True
        named = any(pattern.matches(host, port) for pattern in self.private_hosts)
        return named and not _within(address, _NEVER_BY_NAME)


def is_public(address: Address) -> bool:
    address = _unwrapped(address)
    if isinstance(address, IPv4Address):
        return not _within(address, _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not _within(address, _NOT_PUBLIC_6)


def check_url(url: str, *, policy: AddressPolicy, param: str) -> None:
    """What can be told from the words alone, at once to whoever wrote them; raises InvalidRequest.

    The rest is told when the URL is used: what a name means is only known then.
    """
    if len(url) > MAX_URL_CHARACTERS or _UNSAFE.search(url):
        raise InvalidRequest(f"{param} must be a URL of at most {MAX_URL_CHARACTERS} characters.", param=param)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https"):
        raise InvalidRequest(f"{param} must be an http:// or https:// URL with a host.", param=param)
    if parts.username is not None:
        raise InvalidRequest(f"{param} must not hold a user name or a password.", param=param)
    port = port or (443 if parts.scheme == "https" else 80)
    if not _may_be_admitted(host, port, policy):
        raise InvalidRequest(f"The host of {param} is none that this server speaks to.", param=param)


def _may_be_admitted(host: str, port: int, policy: AddressPolicy) -> bool:
    try:
        return policy.admits(ip_address(host), host=host, port=port)
    except ValueError:
        return policy.admits_host(host, port=port)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one is only another way to write, or the way to through a translator."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _network_or_pattern(text: str) -> HostPattern | Network:
    try:
        return ip_network(text.strip())
    except ValueError:
        return _pattern(text)


def _pattern(text: str) -> HostPattern:
    found = _PATTERN.fullmatch(text.strip().lower().rstrip("."))
    if not found or int(found["port"] or 1) not in range(1, 65_536):
        raise ValueError(f"{text!r} is neither a host, as in *.example.com or example.com:8443, nor a network")
    return HostPattern(found["name"].strip("[]"), int(found["port"]) if found["port"] else None)
