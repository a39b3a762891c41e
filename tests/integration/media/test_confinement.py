"""A file can make its process do nothing but compute: no other file, no network, no process, no secret.

Each layer is tried alone, because the next one hides its holes.
"""

import functools
import io
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import pytest

from speechkit.adapters.media import decoding, seccomp
from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.domain.errors import UnsupportedMedia
from tests.media import hostile
from tests.media.containers import MP3, WAV, with_tone
from tests.media.decoding import decoded
from tests.media.family import decoders_at_work, the_zygote

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means are Linux's")

BEYOND_THE_FILTER = (
    "open('/etc/passwd')",
    "open('/proc/self/environ')",
    f"open({os.devnull!r}, 'w')",
    "os.listdir('/')",
    "os.stat('/etc/passwd')",
    "os.readlink('/proc/self/exe')",
    "os.unlink('/tmp/nothing')",
    "os.memfd_create('x')",
    "os.pipe()",
    "os.dup(1)",
    "socket.socket()",
    "socket.socketpair()",
    "os.fork()",
    "os.execv('/bin/true', ['true'])",
    "threading.Thread(target=print).start()",
    "os.kill(os.getppid(), 0)",
    "os.kill(1, 0)",
    "os.setuid(0)",
    "os.sched_setaffinity(0, {0})",
    "os.nice(-1)",
    "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "os.ftruncate(0, 1)",
    "fcntl.fcntl(1, fcntl.F_GETFL)",
    "_check(_libc.ptrace(0, 0, 0, 0))",
    "_check(_libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0))",
    "_check(_libc.prctl(4, 1, 0, 0, 0))",
    "_check(_libc.unshare(0x10000000))",
    "_check(_libc.syscall(425, 1, 0))",
)
NEEDS_A_DESCRIPTOR = (
    "open('/etc/passwd')",
    "os.memfd_create('x')",
    "os.pipe()",
    "socket.socket()",
    "socket.socketpair()",
)
NEEDED_TO_DECODE = (
    "os.getpid()",
    "bytes(1 << 20)",
    "os.pread(0, 10, 0)",
    "os.urandom(8)",
    "time.monotonic()",
    "os.write(1, b'')",
)
MEMORY_BYTES = 64 << 20
WITHIN_THE_MEMORY = f"bytes({MEMORY_BYTES * 3 // 4})"
BEYOND_THE_MEMORY = f"bytes({MEMORY_BYTES * 3 // 2})"


class Bait:
    """What a hostile file reaches for: real sound at a path and at a URL, so that reaching it would be heard."""

    def __init__(self, path: Path, port: int) -> None:
        self.path = path
        self.port = port
        self.visitors = 0

    @property
    def urls(self) -> list[str]:
        here = f"127.0.0.1:{self.port}"
        return [
            str(self.path),
            f"file://{self.path}",
            f"file:{self.path}",
            f"concat:{self.path}|{self.path}",
            f"subfile,,start,0,end,9999,,:{self.path}",
            f"async:file:{self.path}",
            "file:///etc/passwd",
            f"http://{here}/sound.mp3",
            f"tcp://{here}",
            f"rtmp://{here}/live",
            f"ftp://{here}/sound.mp3",
        ]


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[Bait]:
    path = tmp_path / "secret.mp3"
    path.write_bytes(with_tone(MP3, 1.0))
    with socket.create_server(("127.0.0.1", 0)) as server:
        bait = Bait(path, server.getsockname()[1])
        with _counting_visitors(server, bait):
            yield bait


def test_the_baits_are_taken_where_nothing_stops_it(bait: Bait) -> None:
    """The control: without our options and our sandbox FFmpeg opens the file and calls the URL."""
    unguarded = {"safe": "0", "protocol_whitelist": "file,http,tcp"}
    with av.open(io.BytesIO(hostile.concat_script(str(bait.path))), "r", options=unguarded) as container:
        assert len(list(container.decode(audio=0))) > 10
    url = f"http://127.0.0.1:{bait.port}/sound.mp3"
    with suppress(av.FFmpegError), av.open(io.BytesIO(hostile.concat_script(url)), options=unguarded, timeout=2.0):
        pass
    assert bait.visitors > 0


@pytest.mark.parametrize(
    "playlist",
    [hostile.hls_playlist, hostile.hls_with_a_key_at, hostile.concat_script, hostile.dash_manifest, hostile.m3u],
)
async def test_playlists_open_nothing(bait: Bait, playlist: hostile.Playlist) -> None:
    """Behind their own name or that of an MP3: the decoder knows no names, and reads what is inside."""
    async with PyAvDecoder(DecoderLimits()) as decoder:
        for url in bait.urls:
            with pytest.raises(UnsupportedMedia):
                await decoded(decoder, playlist(url))
    assert bait.visitors == 0


@pytest.mark.parametrize(
    "playlist",
    [hostile.hls_playlist, hostile.hls_with_a_key_at, hostile.concat_script, hostile.dash_manifest, hostile.m3u],
)
def test_playlists_open_nothing_even_without_a_sandbox(bait: Bait, playlist: hostile.Playlist) -> None:
    """The decoder's own options alone, in this process, which may open what it likes."""
    for url in bait.urls:
        with pytest.raises(decoding.Unusable):
            list(decoding.blocks(io.BytesIO(playlist(url))))
    assert bait.visitors == 0


async def test_session_descriptions_open_no_port(bait: Bait) -> None:
    async with PyAvDecoder(DecoderLimits()) as decoder:
        with pytest.raises(UnsupportedMedia):
            await decoded(decoder, hostile.sdp_session(bait.port))


def test_film_that_keeps_its_sound_in_another_file_does_not_get_it(bait: Bait) -> None:
    """QuickTime may refer to a path; without a sandbox, so that only the decoder's options stand against it."""
    content = hostile.mov_that_refers_to(str(bait.path))
    try:
        heard = b"".join(decoding.blocks(io.BytesIO(content)))
    except decoding.Unusable:
        heard = b""
    assert heard != b"".join(decoding.blocks(io.BytesIO(bait.path.read_bytes())))


@ON_LINUX
@pytest.mark.parametrize("attempt", BEYOND_THE_FILTER)
def test_confined_process_is_refused(attempt: str) -> None:
    """By the system call filter: files, sockets, processes, signals, its own limits, io_uring (425)."""
    if not seccomp.supported():
        pytest.skip("no filter for this processor")
    assert _outcomes(filter_calls=True)[attempt] == "refused"


@ON_LINUX
@pytest.mark.parametrize("attempt", NEEDS_A_DESCRIPTOR)
def test_confined_process_opens_nothing_even_without_the_filter(attempt: str) -> None:
    """Where the kernel refuses filters, the limit on descriptors still stands."""
    assert _outcomes(filter_calls=False)[attempt] == "refused"


@ON_LINUX
@pytest.mark.parametrize("attempt", NEEDED_TO_DECODE)
@pytest.mark.parametrize("filter_calls", [True, False])
def test_confined_process_may_still_decode(attempt: str, *, filter_calls: bool) -> None:
    assert _outcomes(filter_calls=filter_calls)[attempt] == "allowed"


@ON_LINUX
def test_confined_process_gets_its_memory_and_no_more() -> None:
    assert _outcomes(filter_calls=True)[WITHIN_THE_MEMORY] == "allowed"
    assert _outcomes(filter_calls=True)[BEYOND_THE_MEMORY] == "MemoryError"


@ON_LINUX
def test_only_two_descriptors_are_left() -> None:
    script = textwrap.dedent(
        """
        import os
        from speechkit.adapters.media import sandbox

        media, output, secret = os.open("/dev/zero", os.O_RDONLY), os.dup(1), os.open("/etc/passwd", os.O_RDONLY)
        sandbox.keep_only_descriptors(media, output)
        left = [number for number in range(64) if os.path.exists(f"/proc/self/fd/{number}")]
        os.write(1, f"{left} {os.readlink('/proc/self/fd/0')}".encode())
        os._exit(0)
        """
    )
    assert _run(script) == "[0, 1] /dev/zero"


@ON_LINUX
async def test_child_runs_under_the_filter_and_the_limits() -> None:
    """As the kernel sees it, while a child is in mid-file."""
    async with PyAvDecoder(DecoderLimits(cpu_seconds=77)) as decoder:
        with MemorySpool() as media:
            media.write(with_tone(WAV, 600.0))
            async with decoder.decode(media) as blocks:
                await anext(blocks)
                (child,) = decoders_at_work(the_zygote())
                status, limits = _seen_by_the_kernel(child.pid)
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert "Threads:\t1" in status
    rows = {row[:26].strip(): row[26:].split()[:2] for row in limits.splitlines()}
    assert rows["Max open files"] == ["0", "0"]
    assert rows["Max file size"] == ["0", "0"]
    assert rows["Max core file size"] == ["0", "0"]
    assert rows["Max processes"] == ["0", "0"]
    assert rows["Max cpu time"] == ["77", "78"]
    assert rows["Max address space"][0].isdigit()


@ON_LINUX
async def test_environment_of_the_service_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_API_KEY", "sesame")
    async with PyAvDecoder(DecoderLimits()):
        assert set(the_zygote().environ()) <= {"PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LC_CTYPE"}


async def test_decoding_goes_on_where_the_kernel_refuses_filters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under the other limits, and not in silence."""
    (tmp_path / "sitecustomize.py").write_text(
        "from speechkit.adapters.media import seccomp\n"
        "def install(): raise OSError('refused')\n"
        "seccomp.install = install\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    async with PyAvDecoder(DecoderLimits()) as decoder:
        assert len(await decoded(decoder, with_tone(WAV, 1.0))) == 16_000
    assert "media_decoder_without_call_filter" in capsys.readouterr().out


def _seen_by_the_kernel(pid: int) -> tuple[str, str]:
    return Path(f"/proc/{pid}/status").read_text(), Path(f"/proc/{pid}/limits").read_text()


@contextmanager
def _counting_visitors(server: socket.socket, bait: Bait) -> Iterator[None]:
    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            bait.visitors += 1
            connection.close()

    counter = threading.Thread(target=accept)
    counter.start()
    yield
    server.shutdown(socket.SHUT_RDWR)
    counter.join()


@functools.cache
def _outcomes(*, filter_calls: bool) -> dict[str, str]:
    """What becomes of each attempt in one confined process, which reports through a pipe that it has already."""
    attempts = [*BEYOND_THE_FILTER] if filter_calls else [*NEEDS_A_DESCRIPTOR]
    attempts += [*NEEDED_TO_DECODE, WITHIN_THE_MEMORY, BEYOND_THE_MEMORY]
    script = textwrap.dedent(
        f"""
        import ctypes, errno, fcntl, json, os, resource, socket, threading, time
        from speechkit.adapters.media import sandbox

        _libc = ctypes.CDLL(None, use_errno=True)

        def _check(result):
            if result == -1:
                raise OSError(ctypes.get_errno(), "")

        def outcome(attempt):
            try:
                eval(attempt)
                return "allowed"
            except OSError as error:
                refused = error.errno in (errno.EPERM, errno.EMFILE, errno.EBADF)
                return "refused" if refused else errno.errorcode[error.errno]
            except (RuntimeError, ValueError) as error:
                # What Python makes of EPERM for a thread, and for a limit.
                refusals = ("can't start new thread", "not allowed to raise maximum limit")
                return "refused" if str(error) in refusals else str(error)
            except MemoryError:
                return "MemoryError"

        sandbox.confine(memory_bytes={MEMORY_BYTES}, cpu_seconds=10, filter_calls={filter_calls})
        outcomes = {{attempt: outcome(attempt) for attempt in {attempts}}}
        os.write(1, json.dumps(outcomes).encode())
        os._exit(0)
        """
    )
    outcomes: dict[str, str] = json.loads(_run(script))
    return outcomes


def _run(script: str) -> str:
    command = [sys.executable, "-c", script]
    with Path(os.devnull).open("rb") as nothing:
        finished = subprocess.run(command, stdin=nothing, capture_output=True, text=True, timeout=30, check=False)
    return finished.stdout or finished.stderr
