"""No endpoint leads where it must not: neither by its words, nor by what its name means, nor by a redirect."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from speechkit.adapters.postprocess import Postprocess
from speechkit.domain.endpoints import Endpoint, EndpointDraft, EndpointTest
from speechkit.domain.errors import InvalidRequest
from tests.chat.server import ChatServer
from tests.chat.service import TENANT, running_postprocess, to_refine
from tests.web.certificates import make_certificate
from tests.web.server import plain, redirect, web_server

NAMES: dict[str, Sequence[str]] = {
    "inside.example": ["127.0.0.1"],
    "mixed.example": ["93.184.215.14", "127.0.0.1"],
    "private.example": ["10.0.0.7"],
    "metadata.example": ["169.254.169.254"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "unique.example": ["fd00::7"],
    "ec2six.example": ["fd00:ec2::254"],
    "azure.example": ["168.63.129.16"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "carrier.example": ["100.64.0.1"],
    "nothing.example": [],
    "chat.example": ["93.184.215.14"],
}
"""What the resolver of these tests says; other names mean what their digits are taken for by the system's own."""

URLS = [
    "http://127.0.0.1:{port}/v1",
    "https://127.0.0.1:{port}/v1",
    "http://localhost:{port}/v1",
    "https://localhost:{port}/v1",
    "http://localhost.:{port}/v1",
    "http://LOCALHOST:{port}/v1",
    "https://2130706433:{port}/v1",
    "https://0x7f000001:{port}/v1",
    "https://0x7f.0.0.1:{port}/v1",
    "https://0177.0.0.1:{port}/v1",
    "https://017700000001:{port}/v1",
    "https://127.1:{port}/v1",
    "https://127.0.1:{port}/v1",
    "https://0:{port}/v1",
    "https://0.0.0.0:{port}/v1",
    "https://[::1]:{port}/v1",
    "https://[::]:{port}/v1",
    "https://[::ffff:127.0.0.1]:{port}/v1",
    "https://[::ffff:7f00:1]:{port}/v1",
    "https://[0:0:0:0:0:ffff:127.0.0.1]:{port}/v1",
    "https://[64:ff9b::7f00:1]:{port}/v1",
    "https://[2002:7f00:1::]:{port}/v1",
    "https://[fe80::1%25eth0]:{port}/v1",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://168.63.129.16/",
    "https://100.100.100.200/latest/meta-data/",
    "https://10.0.0.7:{port}/v1",
    "https://172.16.0.1:{port}/v1",
    "https://192.168.1.1:{port}/v1",
    "https://198.18.0.1:{port}/v1",
    "https://224.0.0.1:{port}/v1",
    "https://255.255.255.255:{port}/v1",
    "http://chat.example/v1",
    "http://93.184.215.14/v1",
    "https://user:password@127.0.0.1:{port}/v1",
    "https://chat.example@127.0.0.1:{port}/v1",
    "https://chat.example\\@127.0.0.1:{port}/v1",
    "https://chat.example#@127.0.0.1:{port}/v1",
    "https://127.0.0.1:{port}\t/v1",
    "https://１２７.0.0.1:{port}/v1",
    "https://127。0。0。1:{port}/v1",
    "https://①②⑦.0.0.1:{port}/v1",
    "https:127.0.0.1:{port}/v1",
    "https:///127.0.0.1:{port}/v1",
    "//127.0.0.1:{port}/v1",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/v1",
    "unix:///var/run/docker.sock",
    "https://[::1/v1",
    "https://:{port}/v1",
    "https://127.0.0.1:{port}1/v1",
    *(f"https://{name}:{{port}}/v1" for name in NAMES if name != "chat.example"),
    *(f"http://{name}:{{port}}/v1" for name in NAMES),
]


async def resolve(host: str, port: int) -> Sequence[str]:
    """As an attacker's own name server says, or as a system reads numbers of any notation."""
    if host in NAMES:
        return NAMES[host]
    if host == "rebinding.example":
        rebound.append(host)
        return ["127.0.0.1"] if len(rebound) % 2 else ["10.0.0.7"]
    return ["127.0.0.1"]


rebound: list[str] = []


@pytest.fixture
async def strangers(data_dir: Path) -> AsyncIterator[Postprocess]:
    """A service whose tenants may be anybody."""
    async with running_postprocess(data_dir, local=False, resolve=resolve) as running:
        yield running


def test_the_table_is_long_enough() -> None:
    assert len(set(URLS)) >= 40


async def test_no_url_that_leads_inside_is_ever_asked(strangers: Postprocess, server: ChatServer) -> None:
    """Neither tested, nor listed for models, nor refined with; each is refused when it is saved or when it is used."""
    for url in URLS:
        draft = EndpointDraft(name="way in", base_url=url.format(port=server.port), model="m", api_key="sk-1")
        for verbatim in (False, True):
            await _refused(strangers, EndpointDraft(**{**vars(draft), "verbatim_url": verbatim}), url)
    assert server.asked == []


async def _refused(strangers: Postprocess, draft: EndpointDraft, url: str) -> None:
    try:
        endpoint = await strangers.endpoints.create(draft, tenant=TENANT)
    except InvalidRequest:
        return
    test = await strangers.endpoints.test(endpoint.id, tenant=TENANT)
    listed = await strangers.endpoints.models(endpoint.id, tenant=TENANT)
    assert (test.passed, listed.models) == (False, ()), url
    await strangers.endpoints.delete(endpoint.id, tenant=TENANT)


async def test_no_transcript_goes_inside(strangers: Postprocess, server: ChatServer) -> None:
    draft = EndpointDraft(name="way in", base_url=f"https://inside.example:{server.port}/v1", model="m")
    await strangers.endpoints.create(draft, tenant=TENANT)
    refined = await strangers.refiner.refine(to_refine("hello there"), deadline_seconds=5)
    assert (refined.text, refined.refined, server.asked) == ("hello there", False, [])


async def test_what_is_refused_and_what_is_not_there_are_told_in_the_same_words(
    strangers: Postprocess, server: ChatServer, unused_tcp_port: int
) -> None:
    """Otherwise anybody could ask which ports are open behind the service."""
    told = set()
    for port in (server.port, unused_tcp_port):
        draft = EndpointDraft(name="x", base_url=f"https://inside.example:{port}/v1", model="m")
        told.add((await strangers.endpoints.test(draft, tenant=TENANT)).error)
    assert len(told) == 1


async def test_a_name_that_changes_its_meaning_is_asked_for_it_once_for_each_connection(
    data_dir: Path, tmp_path: Path
) -> None:
    """What was checked is connected to: there is no second look-up for a rebinding to come in by."""
    certificate = make_certificate(tmp_path, name="rebinding.example")
    rebound.clear()
    async with (
        web_server(
            {"/v1/chat/completions": plain(body=b"{}", headers="connection: close\r\n")}, tls=certificate.server
        ) as inside,
        running_postprocess(
            data_dir,
            local=False,
            resolve=resolve,
            tls=certificate.trusting,
            endpoint_private_addresses="127.0.0.0/8",
        ) as running,
    ):
        draft = EndpointDraft(name="x", base_url=f"https://rebinding.example:{inside.port}/v1", model="m")
        for _ in range(4):
            await running.endpoints.test(draft, tenant=TENANT)
    assert len(rebound) == 4
    assert len(inside.asked) == 2, "only when the name meant what the operator allows"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_takes_no_key_along(
    status: int, postprocess: Postprocess, server: ChatServer
) -> None:
    chat = redirect(f"{server.base_url}/chat/completions", status=status)
    async with web_server({"/v1/chat/completions": chat, "/v1/models": chat}) as leading:
        draft = EndpointDraft(name="x", base_url=leading.url("/v1"), model="m", api_key="sk-1")
        endpoint = await postprocess.endpoints.create(draft, tenant=TENANT)
        test = await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
        listed = await postprocess.endpoints.models(endpoint.id, tenant=TENANT)
        refined = await postprocess.refiner.refine(to_refine("hello there"), deadline_seconds=5)
    assert (test.passed, listed.models, refined.text) == (False, (), "hello there")
    assert "redirect" in test.error
    assert server.asked == []


async def test_private_addresses_are_asked_where_the_operator_lists_them(data_dir: Path, server: ChatServer) -> None:
    async def tested(running: Postprocess, host: str) -> EndpointTest | InvalidRequest:
        draft = EndpointDraft(name="x", base_url=f"http://{host}:{server.port}/v1", model="m")
        try:
            return await running.endpoints.test(draft, tenant=TENANT)
        except InvalidRequest as refused:
            return refused

    listed = f"inside.example:{server.port}, 127.0.0.1/32"
    async with running_postprocess(
        data_dir, local=False, resolve=resolve, endpoint_private_addresses=listed
    ) as running:
        for host in ("inside.example", "127.0.0.1"):
            test = await tested(running, host)
            assert isinstance(test, EndpointTest), host
            assert test.passed, host
        for host in ("private.example", "metadata.example", "chat.example"):
            test = await tested(running, host)
            assert isinstance(test, InvalidRequest) or not test.passed, host


async def test_a_local_run_reaches_this_machine_and_still_no_metadata_service(
    postprocess: Postprocess, server: ChatServer
) -> None:
    async def created(url: str) -> Endpoint:
        draft = EndpointDraft(name=url[:90], base_url=url, model="m")
        return await postprocess.endpoints.create(draft, tenant=TENANT)

    assert (await postprocess.endpoints.test((await created(server.base_url)).id, tenant=TENANT)).passed
    for url in ("http://169.254.169.254/v1", "https://169.254.169.254/v1", "http://[fe80::1]/v1"):
        with pytest.raises(InvalidRequest):
            await created(url)
