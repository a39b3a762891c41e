"""Which addresses that users name may be spoken to."""

from ipaddress import ip_address

import pytest

from speechkit.domain.addresses import AddressPolicy, check_url, is_public
from speechkit.domain.errors import InvalidRequest

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.8.8.8 168.63.129.16
169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0
fec0::1 ff02::1 ff0e::1
"""

PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 172.15.255.255 172.32.0.0
192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2606:4700::1111 2a00:1450::1 2001:4860:4860::8888 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_no_address_that_is_not_public_is_admitted(address: str) -> None:
    """However it is wrapped in IPv6; nor does a name that is trusted reach a metadata service."""
    assert not is_public(ip_address(address))
    assert not AddressPolicy().admits(ip_address(address), host="example.com", port=443)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_are_admitted(address: str) -> None:
    assert AddressPolicy().admits(ip_address(address), host="example.com", port=443)


@pytest.mark.parametrize(
    ("pattern", "host", "port", "matches"),
    [
        ("hooks.local", "hooks.local", 80, True),
        ("hooks.local", "HOOKS.Local.", 443, True),
        ("hooks.local", "hooks.local.evil.com", 443, False),
        ("hooks.local", "xhooks.local", 443, False),
        ("*.local", "a.local", 443, True),
        ("*.local", "a.b.local", 443, True),
        ("*.local", "local", 443, False),
        ("*.local", ".local", 443, False),
        ("*.local", "evillocal", 443, False),
        ("hooks.local:8443", "hooks.local", 8443, True),
        ("hooks.local:8443", "hooks.local", 443, False),
        ("[fd12::1]:8443", "fd12::1", 8443, True),
        ("*", "anything.at.all", 1, True),
    ],
)
def test_a_pattern_means_its_hosts_and_no_others(pattern: str, host: str, port: int, matches: bool) -> None:
    policy = AddressPolicy.listed(private=[pattern])
    assert policy.admits(ip_address("10.1.2.3"), host=host, port=port) is matches
    assert AddressPolicy.listed(hosts=[pattern]).admits(ip_address("8.8.8.8"), host=host, port=port) is matches


def test_a_host_that_is_asked_for_is_not_thereby_a_private_one() -> None:
    policy = AddressPolicy.listed(hosts=["*.example.com"])
    assert not policy.admits(ip_address("10.1.2.3"), host="a.example.com", port=443)


def test_a_network_is_admitted_under_any_name() -> None:
    policy = AddressPolicy.listed(private=["10.1.0.0/16", "fd12::/64", "192.168.1.7"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::5", "192.168.1.7"):
        assert policy.admits(ip_address(address), host="whatever", port=443)
    for address in ("10.2.0.0", "fd13::5", "192.168.1.8"):
        assert not policy.admits(ip_address(address), host="whatever", port=443)


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "0.0.0.0", "fe80::1"])
def test_a_trusted_name_that_comes_to_mean_a_metadata_service_is_trusted_no_more(address: str) -> None:
    """Only the address itself, listed, is."""
    assert not AddressPolicy.listed(private=["*"]).admits(ip_address(address), host="hooks.local", port=80)
    assert AddressPolicy.listed(private=[address]).admits(ip_address(address), host="hooks.local", port=80)


@pytest.mark.parametrize(
    "listed",
    ["", "https://example.com", "exa mple.com", "10.1.0.0/99", "10.1.2.3/16", "a.com:0", "a.com:65536", "a*.b"],
)
def test_a_list_that_means_nothing_is_refused_at_once(listed: str) -> None:
    with pytest.raises(ValueError, match="neither a host"):
        AddressPolicy.listed(private=[listed])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/a",
        "//example.com/a",
        "ftp://example.com/a",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://",
        "http:///path",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://@example.com/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://exa mple.com/",
        "http://example.com/\r\nx: y",
        "http://good.example\\@10.0.0.1/",
        "http://[::1/",
        "http://127.0.0.1/",
        "http://[::ffff:169.254.169.254]/latest/meta-data",
        "http://example.com/" + 2048 * "a",
    ],
)
def test_a_url_that_can_t_be_used_is_refused_when_it_is_named(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_url(url, policy=AddressPolicy(), param="callback_url")
    assert "callback_url" in refused.value.message
    assert refused.value.param == "callback_url"


@pytest.mark.parametrize("url", ["http://example.com", "https://EXAMPLE.com:8443/a?b#c", "https://[2606:4700::1111]/"])
def test_an_ordinary_url_passes(url: str) -> None:
    check_url(url, policy=AddressPolicy(), param="callback_url")
