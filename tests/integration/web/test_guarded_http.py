"""The guarded client against real servers on loopback, good and bad ones."""

import asyncio
import gzip
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from speechkit.adapters.guarded_http.client import MAX_REDIRECTS, HttpxGuardedHttp, Patience
from speechkit.domain.addresses import AddressPolicy
from speechkit.domain.errors import InvalidRequest, UploadTooLarge
from tests.web.certificates import make_certificate
from tests.web.server import Asked, plain, redirect, web_server

LOOPBACK = AddressPolicy.listed(private=["127.0.0.0/8"])
HASTY = Patience(connect_seconds=0.5, idle_seconds=0.3, total_seconds=0.8)


class Names:
    """A resolver whose answers are the test's; it counts how often it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


async def fetched(client: HttpxGuardedHttp, url: str, *, most_bytes: int = 1_000_000) -> bytes:
    async with client, client.fetch(url, most_bytes=most_bytes) as parts:
        return b"".join([part async for part in parts])


async def test_a_file_comes_in_parts_as_it_is() -> None:
    sound = bytes(range(256)) * 2000
    async with web_server({"/talk.mp3": plain(body=sound)}) as server:
        assert await fetched(HttpxGuardedHttp(LOOPBACK), server.url("/talk.mp3")) == sound
    assert server.asked[0].headers["accept-encoding"] == "identity"


async def test_a_posted_body_arrives_as_it_was_signed_and_any_status_is_an_answer() -> None:
    answers = {"/hook": plain(503, headers="retry-after: 7\r\n")}
    async with web_server(answers) as server, HttpxGuardedHttp(LOOPBACK) as client:
        answer = await client.post(server.url("/hook"), headers={"webhook-id": "m"}, body=b'{"a": 1}')
    assert (answer.status, answer.retry_after) == (503, "7")
    assert (server.asked[0].method, server.asked[0].body) == ("POST", b'{"a": 1}')
    assert server.asked[0].headers["webhook-id"] == "m"


SPELLINGS = ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::ffff:127.0.0.1]", "localhost"]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_loopback_is_not_reached_however_it_is_spelled(host: str) -> None:
    async with web_server({"/": plain(body=b"inside")}) as server:
        with pytest.raises(InvalidRequest):
            await fetched(HttpxGuardedHttp(AddressPolicy()), server.url(host=host))
    assert server.asked == []


async def test_a_name_with_one_bad_address_among_good_ones_is_not_used() -> None:
    async with web_server({"/": plain(body=b"inside")}) as server:
        for answer in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"]):
            names = Names(answer)
            with pytest.raises(InvalidRequest):
                await fetched(HttpxGuardedHttp(LOOPBACK, resolve=names), server.url(host="mixed.example"))
            assert names.asked == 1
    assert server.asked == []


async def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to() -> None:
    """A second answer, a moment later, is never asked for: that is where rebinding would come in."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with web_server({"/": plain(body=b"good")}) as server:
        assert await fetched(HttpxGuardedHttp(LOOPBACK, resolve=names), server.url(host="re.example")) == b"good"
    assert names.asked == 1


async def test_a_name_that_changes_its_meaning_is_checked_again_with_each_connection() -> None:
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    answers = {"/": plain(body=b"good", headers="connection: close\r\n")}
    async with web_server(answers) as server, HttpxGuardedHttp(LOOPBACK, resolve=names) as client:
        await client.post(server.url(host="re.example"), headers={}, body=b"")
        with pytest.raises(InvalidRequest):
            await client.post(server.url(host="re.example"), headers={}, body=b"")
    assert names.asked == 2


async def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    names = Names(["127.0.0.2", "127.0.0.1"])
    async with web_server({"/": plain(body=b"good")}) as server:
        assert await fetched(HttpxGuardedHttp(LOOPBACK, resolve=names), server.url(host="two.example")) == b"good"


async def test_what_is_refused_and_what_does_not_answer_are_told_in_the_same_words(unused_tcp_port: int) -> None:
    """Otherwise anybody could ask this server which ports are open behind it."""
    told = set()
    async with web_server({"/": plain()}) as server:
        for policy, names, port in (
            (AddressPolicy(), Names(["127.0.0.1"]), server.port),
            (AddressPolicy(), Names(["127.0.0.1"]), unused_tcp_port),
            (LOOPBACK, Names(["127.0.0.1"]), unused_tcp_port),
            (LOOPBACK, Names([]), unused_tcp_port),
            (LOOPBACK, Names(["169.254.169.254"]), 80),
        ):
            with pytest.raises(InvalidRequest) as refused:
                await fetched(HttpxGuardedHttp(policy, resolve=names), f"http://name.example:{port}/")
            told.add((refused.value.message, refused.value.param))
    assert len(told) == 1


async def test_a_name_that_does_not_exist_is_a_clear_refusal() -> None:
    for host in ("nowhere.invalid", "a" * 64 + ".example"):
        with pytest.raises(InvalidRequest, match="can't be reached"):
            await fetched(HttpxGuardedHttp(AddressPolicy()), f"http://{host}/")


async def test_hosts_beside_the_listed_ones_are_not_asked() -> None:
    names = Names(["127.0.0.1"])
    policy = AddressPolicy.listed(hosts=["good.example"], private=["127.0.0.0/8"])
    async with web_server({"/": redirect("http://other.example/")}) as server:
        for host in ("good.example", "other.example"):
            with pytest.raises(InvalidRequest, match="none that this server speaks to"):
                await fetched(HttpxGuardedHttp(policy, resolve=names), server.url(host=host))
    assert names.asked == len(server.asked) == 1


async def test_redirects_are_followed_but_not_for_ever() -> None:
    hops = {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(MAX_REDIRECTS + 9)}
    hops[f"/{MAX_REDIRECTS}"] = plain(body=b"there")
    async with web_server(hops) as server:
        assert await fetched(HttpxGuardedHttp(LOOPBACK), server.url("/0")) == b"there"
    async with web_server({"/": redirect("/")}) as server:
        with pytest.raises(InvalidRequest, match="redirected more than"):
            await fetched(HttpxGuardedHttp(LOOPBACK), server.url())
    assert len(server.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2:{port}/",
        "http://0x7f000002:{port}/",
        "//127.0.0.2:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "file:///etc/passwd",
        "http://user:password@127.0.0.1:{port}/secret",
        "http://[broken/",
        "gopher://127.0.0.1:{port}/",
    ],
)
async def test_a_redirect_leads_nowhere_that_the_url_itself_could_not(target: str) -> None:
    answers = {"/secret": plain(body=b"secret")}
    async with web_server(answers) as server:
        answers["/"] = redirect(target.format(port=server.port))
        policy = AddressPolicy.listed(private=["127.0.0.1"])
        with pytest.raises(InvalidRequest):
            await fetched(HttpxGuardedHttp(policy), server.url())
    assert [asked.path for asked in server.asked] == ["/"]


async def test_a_posted_body_is_not_sent_on_to_where_a_redirect_leads() -> None:
    answers = {"/": redirect("/other", status=307), "/other": plain()}
    async with web_server(answers) as server, HttpxGuardedHttp(LOOPBACK) as client:
        assert (await client.post(server.url(), headers={}, body=b"news")).status == 307
    assert len(server.asked) == 1


async def test_https_is_spoken_to_the_name_and_never_left_for_http(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, name="hooks.example")
    names = Names(["127.0.0.1"])
    async with web_server({"/": plain(body=b"bare")}) as bare:
        answers = {"/": plain(body=b"sealed"), "/down": redirect(bare.url(host="hooks.example"))}
        async with web_server(answers, tls=certificate.server) as server:

            async def get(path: str, *, host: str = "hooks.example", trusting: bool = True) -> bytes:
                tls = certificate.trusting if trusting else None
                return await fetched(HttpxGuardedHttp(LOOPBACK, resolve=names, tls=tls), server.url(path, host=host))

            assert await get("/") == b"sealed"
            with pytest.raises(InvalidRequest, match="from https to http"):
                await get("/down")
            for distrusted in (get("/", host="other.example"), get("/", trusting=False)):
                with pytest.raises(InvalidRequest, match="certificate"):
                    await distrusted
    assert bare.asked == []


@pytest.mark.parametrize("told", [True, False])
async def test_a_file_beyond_the_limit_is_refused_whether_its_length_is_told_or_not(told: bool) -> None:
    length = "content-length: 5000000\r\n" if told else ""

    async def huge(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{length}\r\n".encode())
        for _megabyte in range(5):
            writer.write(bytes(1_000_000))
            await writer.drain()

    async with web_server(huge) as server:
        with pytest.raises(UploadTooLarge, match="larger than the 1000000 bytes"):
            await fetched(HttpxGuardedHttp(LOOPBACK), server.url())


async def test_a_packed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    async with web_server({"/": plain(body=bomb, headers="content-encoding: gzip\r\n")}) as server:
        with pytest.raises(InvalidRequest, match="packed"):
            await fetched(HttpxGuardedHttp(LOOPBACK), server.url())


async def test_nobody_is_waited_for_for_ever() -> None:
    """Neither one that says nothing, nor one that says a little now and then, nor one that never stops."""

    async def silent(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async def slow(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def slow_head(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx: ")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    for answer in (silent, slow, slow_head):
        async with web_server(answer) as server:
            started = time.monotonic()
            with pytest.raises(InvalidRequest, match="took too long"):
                await fetched(HttpxGuardedHttp(LOOPBACK, patience=HASTY), server.url())
            assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "broken",
    [
        b"\x00\x01\x02",
        b"SSH-2.0-OpenSSH\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + 200_000 * b"y",
    ],
)
async def test_what_is_no_http_is_a_clear_refusal(broken: bytes) -> None:
    async with web_server({"/": broken}) as server:
        with pytest.raises(InvalidRequest, match="broke off, or does not speak HTTP"):
            await fetched(HttpxGuardedHttp(LOOPBACK), server.url())


async def test_a_status_that_is_no_success_is_told() -> None:
    async with web_server({}) as server:
        with pytest.raises(InvalidRequest, match="answered with status 404"):
            await fetched(HttpxGuardedHttp(LOOPBACK), server.url())


async def test_one_tenant_s_cookies_are_not_sent_for_another() -> None:
    answers = {"/": plain(headers="set-cookie: session=secret\r\n")}
    async with web_server(answers) as server, HttpxGuardedHttp(LOOPBACK) as client:
        for _ in range(2):
            await client.post(server.url(), headers={}, body=b"")
    assert [asked.headers.get("cookie") for asked in server.asked] == [None, None]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect to whatever it is told, behind the guard's back."""
    async with web_server({"/": plain(body=b"direct")}) as server, web_server({}) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        assert await fetched(HttpxGuardedHttp(LOOPBACK), server.url()) == b"direct"
    assert proxy.asked == []
