"""Whatever happens to the decoder's processes, the service goes on, and nothing stays behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial

import psutil
import pytest
import pytest_asyncio

from speechkit.adapters.media import processes
from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.errors import Internal, Overloaded, UnsupportedMedia
from tests.media.containers import MP3, WAV, with_tone
from tests.media.decoding import decoded
from tests.media.family import decoders_at_work, only_the_spare_is_left, the_zygote, zygotes

TEN_MINUTES = 10 * 60
SHORT = with_tone(WAV, 1.0)


@pytest_asyncio.fixture
async def decoder() -> AsyncIterator[PyAvDecoder]:
    async with PyAvDecoder(DecoderLimits()) as decoder:
        yield decoder


@pytest.fixture(scope="module")
def long_file() -> bytes:
    return with_tone(WAV, TEN_MINUTES)


async def test_fifty_files_at_once(decoder: PyAvDecoder) -> None:
    files = [with_tone(MP3 if number % 2 else WAV, 1.0 + number % 5) for number in range(50)]
    together = await asyncio.gather(*(decoded(decoder, file) for file in files))
    assert [round(len(samples) / SAMPLE_RATE) for samples in together] == [1 + number % 5 for number in range(50)]


async def test_hundreds_of_files_at_once_are_no_reason_to_give_the_zygote_up(decoder: PyAvDecoder) -> None:
    """Though it gets no processor for a while: more requests than a socket holds wait for it."""
    zygote = the_zygote()
    zygote.suspend()
    together = asyncio.gather(*(decoded(decoder, SHORT) for _ in range(400)))
    await asyncio.sleep(0.5)
    zygote.resume()
    assert {len(samples) for samples in await together} == {SAMPLE_RATE}
    assert zygotes() == [zygote]


async def test_without_start_the_first_file_starts_it() -> None:
    decoder = PyAvDecoder(DecoderLimits())
    assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE
    await decoder.aclose()
    assert not zygotes()


async def test_reader_that_pauses_stops_the_decoding_within_seconds(decoder: PyAvDecoder, long_file: bytes) -> None:
    """What still comes after the child's death is what was decoded ahead."""
    with _spooled(long_file) as media:
        async with decoder.decode(media) as blocks:
            first = await anext(blocks)
            await _until(lambda: _child().status() == psutil.STATUS_SLEEPING)
            await asyncio.sleep(0.2)
            _child().kill()
            ahead = 0
            with suppress(Internal):
                async for block in blocks:
                    ahead = block.end_samples - first.end_samples
    assert 0 < ahead / SAMPLE_RATE <= 12  # three blocks


async def test_leaving_in_mid_file_ends_the_child(decoder: PyAvDecoder, long_file: bytes) -> None:
    with _spooled(long_file) as media:
        async with decoder.decode(media) as blocks:
            await anext(blocks)
            child = _child()
        await _until(lambda: _is_gone(child))


async def test_cancelling_before_the_first_block_ends_the_child(decoder: PyAvDecoder, long_file: bytes) -> None:
    for steps in range(12):
        task = asyncio.create_task(decoded(decoder, long_file))
        for _ in range(steps):
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await _until(lambda: only_the_spare_is_left(the_zygote()))
    assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE


async def test_child_killed_in_mid_file_is_an_error_of_the_server(decoder: PyAvDecoder, long_file: bytes) -> None:
    """By the kernel, for lack of memory: not the file's fault as far as anyone knows, so it may be tried again."""
    with pytest.raises(Internal, match="try again"):
        await _read_until_killed(decoder, long_file, _child)
    assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE


async def test_child_that_crashes_is_the_files_fault(decoder: PyAvDecoder, long_file: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="broke the decoder"):
        await _read_until_killed(decoder, long_file, _child, signal.SIGSEGV)
    assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE


async def test_zygote_killed_in_mid_file_takes_its_children_along(decoder: PyAvDecoder, long_file: bytes) -> None:
    with _spooled(long_file) as media:
        async with decoder.decode(media) as blocks:
            await anext(blocks)
            child = _child()
            the_zygote().kill()
            with pytest.raises(Internal, match="try again"):
                async for _ in blocks:
                    pass
    await _until(lambda: _is_gone(child))
    assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE


async def test_zygote_killed_between_files_is_replaced_unseen(decoder: PyAvDecoder) -> None:
    """At once, too, when nobody has noticed yet that it is gone."""
    for pause_seconds in (0, 0, 0.05):
        the_zygote().kill()
        await asyncio.sleep(pause_seconds)
        assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE
    assert len(zygotes()) == 1


async def test_zygote_that_does_not_answer_is_replaced(decoder: PyAvDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FORK_TIMEOUT_SECONDS", 0.3)
    the_zygote().suspend()
    assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE


async def test_zygote_that_can_not_start_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Internal, match="could not be started"):
        await PyAvDecoder(DecoderLimits()).start()
    with pytest.raises(Internal, match="could not be started"):
        await decoded(PyAvDecoder(DecoderLimits()), SHORT)


async def test_one_child_waits_for_the_next_file_which_is_given_to_no_other(decoder: PyAvDecoder) -> None:
    """And only one: 20 files at once need 20 children, of which none is kept."""
    for _ in range(3):
        await _until(lambda: only_the_spare_is_left(the_zygote()))
        (spare,) = the_zygote().children()
        with _spooled(with_tone(WAV, 20.0)) as media:
            async with decoder.decode(media) as blocks:
                await anext(blocks)
                assert decoders_at_work(the_zygote()) == [spare]
        await _until(partial(_is_gone, spare))
    await asyncio.gather(*(decoded(decoder, SHORT) for _ in range(20)))
    await _until(lambda: only_the_spare_is_left(the_zygote()))


async def test_spare_that_is_killed_is_missed_by_no_file(decoder: PyAvDecoder) -> None:
    for _ in range(3):
        await _until(lambda: only_the_spare_is_left(the_zygote()))
        (spare,) = the_zygote().children()
        spare.kill()
        await _until(partial(_is_gone, spare))
        assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE


async def test_two_hundred_files_leave_no_descriptor_and_no_process(decoder: PyAvDecoder) -> None:
    """Decoded, refused, and left in mid-file."""
    service, zygote = psutil.Process(), the_zygote()
    await _one_of_each(decoder)
    await _until(lambda: only_the_spare_is_left(zygote))
    before = service.num_fds(), zygote.num_fds()
    for _ in range(67):
        await _one_of_each(decoder)
    await _until(lambda: only_the_spare_is_left(zygote))
    # At most, for at the first look one of the service's may not have been closed yet.
    await _until(lambda: service.num_fds() <= before[0] and zygote.num_fds() <= before[1])
    assert zygotes() == [zygote]


async def test_aclose_ends_all_processes_quietly(long_file: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    decoder = PyAvDecoder(DecoderLimits())
    with _spooled(long_file) as media:
        async with decoder.decode(media) as blocks:
            await anext(blocks)
            await _until(lambda: len(the_zygote().children()) == 2)
            family = [the_zygote(), *the_zygote().children()]
            await decoder.aclose()
            await _until(lambda: all(_is_gone(process) for process in family))
    assert capfd.readouterr().err == ""


async def test_after_aclose_nothing_is_started_any_more(decoder: PyAvDecoder) -> None:
    """A health check that comes late must not leave a process behind."""
    await decoder.aclose()
    with pytest.raises(Overloaded, match="shutting down"):
        await decoder.start()
    with pytest.raises(Overloaded, match="shutting down"):
        await decoded(decoder, SHORT)
    assert not zygotes()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_service_that_is_killed_leaves_no_process(how: signal.Signals) -> None:
    """The kernel closes its control socket, which is what the zygote lives by."""
    service = subprocess.Popen([sys.executable, "-c", SERVICE_IN_MID_FILE], stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    with service.stdout:
        assert service.stdout.readline() == "in mid-file\n"
        family = psutil.Process(service.pid).children(recursive=True)
        assert len(family) == 3
        service.send_signal(how)
        service.wait()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not all(_is_gone(process) for process in family):
        time.sleep(0.01)
    assert all(_is_gone(process) for process in family)


SERVICE_IN_MID_FILE = textwrap.dedent(
    """
    import asyncio
    import psutil
    import structlog
    from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
    from speechkit.adapters.media.spool import MemorySpool
    from tests.media.containers import WAV, with_tone

    async def decode() -> None:
        with MemorySpool() as media:
            media.write(with_tone(WAV, 600))
            async with PyAvDecoder(DecoderLimits()) as decoder, decoder.decode(media) as blocks:
                await anext(blocks)
                while len(psutil.Process().children(recursive=True)) < 3:
                    await asyncio.sleep(0.01)
                print("in mid-file", flush=True)
                await asyncio.sleep(60)

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(decode())
    """
)


async def _one_of_each(decoder: PyAvDecoder) -> None:
    assert len(await decoded(decoder, SHORT)) == SAMPLE_RATE
    with pytest.raises(UnsupportedMedia):
        await decoded(decoder, b"not media")
    with _spooled(with_tone(WAV, 20.0)) as media:
        async with decoder.decode(media) as blocks:
            await anext(blocks)


async def _read_until_killed(
    decoder: PyAvDecoder, content: bytes, victim: Callable[[], psutil.Process], how: int = signal.SIGKILL
) -> None:
    with _spooled(content) as media:
        async with decoder.decode(media) as blocks:
            await anext(blocks)
            os.kill(victim().pid, how)
            async for _ in blocks:
                pass


def _child() -> psutil.Process:
    (child,) = decoders_at_work(the_zygote())
    return child


def _is_gone(process: psutil.Process) -> bool:
    """An orphan stays a zombie for as long as its new parent, which is not ours, takes to notice."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def _until(condition: Callable[[], bool]) -> None:
    # A kill takes effect within milliseconds, and within a second on two cores with a dozen busy processes.
    async with asyncio.timeout(5.0):
        while not condition():
            await asyncio.sleep(0.01)


def _spooled(content: bytes) -> MemorySpool:
    media = MemorySpool()
    media.write(content)
    return media
